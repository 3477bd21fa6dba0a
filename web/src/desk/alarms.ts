/** New urgent cases: how many stands in the title of the window, and a tone for who has allowed it. */

import type { Queue } from "./queue";
import { say, words } from "./pane";

const KEY = "desk-sound";
const TONES_HZ = [880, 1174.7]; // a', d'': two short tones, heard through talk
const TONE_S = 0.16;
const GAP_S = 0.06;
const LOUDNESS = 0.25; // of full scale
const MOST = 9;

export function alarms(queue: Queue): void {
  const title = document.title;
  const button = document.getElementById("sound");
  let known = new Set(queue.alarms);
  let sound: AudioContext | undefined;

  const isOn = () => localStorage.getItem(KEY) === "on";
  const show = (numbers: string[]) => {
    const count = numbers.length > MOST ? `${String(MOST)}+` : String(numbers.length);
    document.title = numbers.length === 0 ? title : `${(words().urgent ?? "").replace("{n}", count)} ${title}`;
    button?.setAttribute("aria-pressed", String(isOn()));
  };
  const allow = () => {
    sound ??= new AudioContext(); // only after a click or a key: browsers want it so
    return sound.resume();
  };

  if (button !== null) {
    button.hidden = false;
    button.addEventListener("click", () => {
      localStorage.setItem(KEY, isOn() ? "off" : "on");
      if (isOn()) void allow().then(() => sound !== undefined && ring(sound));
      show(queue.alarms);
    });
    if (isOn()) document.addEventListener("pointerdown", () => void allow(), { once: true });
    if (isOn()) document.addEventListener("keydown", () => void allow(), { once: true });
  }
  queue.alarmed = (numbers) => {
    const isNew = numbers.some((number) => !known.has(number));
    known = new Set(numbers);
    show(numbers);
    if (!isNew) return;
    say(words().sound ?? "");
    document.body.dataset.rang = String(Number(document.body.dataset.rang ?? "0") + 1);
    if (isOn() && sound !== undefined) ring(sound);
  };
  show(queue.alarms);
}

function ring(sound: AudioContext): void {
  TONES_HZ.forEach((hertz, nr) => {
    const start = sound.currentTime + nr * (TONE_S + GAP_S);
    const tone = new OscillatorNode(sound, { frequency: hertz, type: "sine" });
    const volume = new GainNode(sound, { gain: 0 });
    volume.gain.setTargetAtTime(LOUDNESS, start, 0.01);
    volume.gain.setTargetAtTime(0, start + TONE_S - 0.04, 0.015);
    tone.connect(volume).connect(sound.destination);
    tone.start(start);
    tone.stop(start + TONE_S);
  });
}

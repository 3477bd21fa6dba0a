/** The line of a walk: while this page is open and the line is on, where somebody is goes to the server now and then. */

const SEND_MS = 20_000;
const MOST = 400; // points of one request; more wait for the next

interface Spot {
  at: string;
  lng: number;
  lat: number;
  accuracy_m: number;
}

export function keepTracking(): void {
  const here = document.querySelector<HTMLElement>("[data-track]");
  if (here === null || !("geolocation" in navigator)) return;
  const line = new Line(here);
  navigator.geolocation.watchPosition(
    (found) => line.add(found),
    () => line.say("unplaced"),
    { enableHighAccuracy: true, maximumAge: 5_000 },
  );
  setInterval(() => void line.send(), SEND_MS);
  document.addEventListener("visibilitychange", () => void line.send());
}

class Line {
  private spots: Spot[] = [];
  private kept = 0;
  private sends = false;

  constructor(private readonly here: HTMLElement) {}

  add({ coords, timestamp }: GeolocationPosition): void {
    const { longitude: lng, latitude: lat, accuracy: accuracy_m } = coords;
    this.spots.push({ at: new Date(timestamp).toISOString(), lng, lat, accuracy_m });
    if (this.spots.length === 1 && this.kept === 0) void this.send();
  }

  /** Send what has come together; what could not be sent waits for the next time. */
  async send(): Promise<void> {
    if (this.sends || this.spots.length === 0) return;
    this.sends = true;
    const points = this.spots.slice(0, MOST);
    try {
      const answer = await fetch(this.here.dataset.track ?? "", {
        method: "POST",
        headers: { "Content-Type": "application/json", "X-CSRFToken": cookie("csrftoken") },
        body: JSON.stringify({ points }),
      });
      if (answer.ok) this.take(((await answer.json()) as { kept: number }).kept, points.length);
    } catch {
      // without a network: the points stay
    } finally {
      this.sends = false;
    }
  }

  private take(kept: number, sent: number): void {
    this.spots = this.spots.slice(sent);
    this.kept += kept;
    this.say("kept", this.kept);
  }

  say(sentence: "kept" | "unplaced", n = 0): void {
    const line = this.here.querySelector(".track-said");
    if (line !== null) line.textContent = (this.here.dataset[sentence] ?? "").replace("{n}", String(n));
  }
}

function cookie(name: string): string {
  const found = document.cookie.split("; ").find((each) => each.startsWith(`${name}=`));
  return found?.slice(name.length + 1) ?? "";
}

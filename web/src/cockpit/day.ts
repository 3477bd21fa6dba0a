/** A past day: what is open at a second of it, reckoned from the steps. */

export type Case = [string, number | null, number | null, string, boolean, string]; // number, lng, lat, state at midnight, urgent, address
export type Step = [number, number, string]; // second, place in cases, state after it

export interface Played {
  cases: Case[];
  steps: Step[];
  totals: { reported: number; closed: number; open: number };
}
const AT_REST = new Set(["closed", "declined", "merged"]);

export class Day {
  readonly states: string[];
  reported = 0;
  fresh: number[] = []; // cases that came since the last look
  #at = 0;
  #closed = new Set<number>();

  constructor(readonly played: Played) {
    this.states = played.cases.map((each) => each[3]);
  }

  /** Go to a second of the day; backwards means from the beginning. */
  go(second: number): void {
    const { steps } = this.played;
    const before = steps[this.#at - 1];
    if (before !== undefined && before[0] > second) this.#again();
    this.fresh = [];
    for (let step = steps[this.#at]; step !== undefined && step[0] <= second; step = steps[++this.#at]) this.#take(step);
  }

  get closed(): number {
    return this.#closed.size;
  }

  get open(): number[] {
    return [...this.states.keys()].filter((at) => this.states[at] !== "" && !AT_REST.has(this.states[at] ?? ""));
  }

  #take([, at, state]: Step): void {
    if (this.states[at] === "") {
      this.reported += 1;
      this.fresh.push(at);
    }
    if (state === "closed") this.#closed.add(at);
    else this.#closed.delete(at);
    this.states[at] = state;
  }

  #again(): void {
    this.played.cases.forEach((each, at) => (this.states[at] = each[3]));
    this.reported = 0;
    this.#closed.clear();
    this.#at = 0;
  }
}

/**
 * From the fields of a form to the commands it stands for.
 *
 * `<form data-outbox="/api/v1/…">` is one command; an enabled `<fieldset data-outbox="/api/v1/cases/{number}/…">`
 * in it is another that waits for the answer of the first. A field belongs to the nearest of them. Its name in the
 * JSON body is `data-name`, else `name`; "a.b" is b inside of a; empty ones are left out.
 */
import { type Body, type Command, type Draft, named, newId, type Value } from "./outbox";
import { downscaled } from "./photos";

export type Made = Draft & { id: string };

type Field = HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement;

export class PhotoUnreadable extends Error {}

/** Return the commands of a form as it is filled in now. held: photos chosen before, for which no file is at hand. */
export async function commands(form: HTMLFormElement, held: ReadonlyMap<string, ArrayBuffer>): Promise<Made[]> {
  const parts = [form, ...form.querySelectorAll<HTMLFieldSetElement>("fieldset[data-outbox]:enabled")];
  const made: Made[] = [];
  for (const part of parts) {
    const draft = await command(form, part, made[0]?.id ?? "", part === form ? held : new Map());
    made.push({ id: newId(), ...draft });
  }
  return made;
}

async function command(
  form: HTMLFormElement,
  part: HTMLElement,
  needs: string,
  held: ReadonlyMap<string, ArrayBuffer>,
): Promise<Draft> {
  const photos = new Map<string, ArrayBuffer>();
  const body: Body = {};
  for (const field of fieldsOf(form, part)) {
    const value = isFile(field) ? await photosOf(field, photos, held) : valueOf(field);
    if (value !== null) put(body, field.dataset.name ?? field.name, value, "many" in field.dataset);
  }
  if (part.dataset.outboxAt) body[part.dataset.outboxAt] = new Date().toISOString();
  return { command: { title: title(part, body), path: part.dataset.outbox ?? "", method: method(part), body, needs, from: here(form) }, photos };
}

function method(part: HTMLElement): Command["method"] {
  return (part.dataset.outboxMethod ?? "post").toUpperCase();
}

/** Where the form can be opened again to mend what it said. */
function here(form: HTMLFormElement): string {
  return form.dataset.outboxFrom ?? location.pathname;
}

/** Return the words for the list: {name} in data-outbox-title is what the field says. */
function title(part: HTMLElement, body: Body): string {
  const words = part.dataset.outboxTitle ?? "";
  return words.replace(/\{([\w.]+)\}/g, (_whole, name: string) => String(body[name] ?? "")).trim();
}

function* fieldsOf(form: HTMLFormElement, part: HTMLElement): Generator<Field> {
  for (const each of form.elements) {
    const isField = each instanceof HTMLInputElement || each instanceof HTMLSelectElement || each instanceof HTMLTextAreaElement;
    if (!isField || each.matches(":disabled") || each.name === "" || each.name === "csrfmiddlewaretoken") continue;
    if (each.closest("[data-outbox]") === part || (part === form && each.form === form && each.closest("[data-outbox]") === null)) yield each;
  }
}

function isFile(field: Field): field is HTMLInputElement {
  return field.type === "file";
}

/** Return the names of the photos of a field and keep their bytes; null for none. */
async function photosOf(
  field: HTMLInputElement,
  photos: Map<string, ArrayBuffer>,
  held: ReadonlyMap<string, ArrayBuffer>,
): Promise<Value | null> {
  const files = await Promise.all([...(field.files ?? [])].map(readable));
  const found = files.length > 0 ? await named(files) : new Map(heldBy(field, held));
  for (const [name, bytes] of found) photos.set(name, bytes);
  if (found.size === 0) return null;
  return "single" in field.dataset ? ([...found.keys()][0] ?? null) : [...found.keys()];
}

/** Which of the photos kept before were this field's: it notes them when it is filled in again. */
function heldBy(field: HTMLInputElement, held: ReadonlyMap<string, ArrayBuffer>): [string, ArrayBuffer][] {
  const names = (field.dataset.held ?? "").split(" ");
  return [...held].filter(([name]) => names.includes(name));
}

async function readable(file: File): Promise<ArrayBuffer> {
  try {
    return await downscaled(file);
  } catch {
    throw new PhotoUnreadable(file.name);
  }
}

const READ: Record<string, (field: HTMLInputElement) => Value | null> = {
  checkbox: (field) => (field.hasAttribute("value") ? (field.checked ? text(field) : null) : field.checked),
  radio: (field) => (field.checked ? text(field) : null),
  number: (field) => (Number.isNaN(field.valueAsNumber) ? null : field.valueAsNumber),
  "datetime-local": (field) => (field.value === "" ? null : new Date(field.value).toISOString()),
};

function valueOf(field: Field): Value | null {
  const read = READ[field.type];
  return read !== undefined && field instanceof HTMLInputElement ? read(field) : text(field);
}

/** Return what a field says; data-type="number" or "flag" where JSON needs more than a text. */
function text(field: Field): Value | null {
  const said = field.value.trim();
  if (said === "") return null;
  if (field.dataset.type === "flag") return said !== "false";
  return field.dataset.type === "number" ? Number(said) : said;
}

function put(body: Body, name: string, value: Value, isMany: boolean): void {
  const [first = "", ...rest] = name.split(".");
  if (rest.length > 0) {
    const inner = (body[first] ??= {});
    return put(inner as Body, rest.join("."), value, isMany);
  }
  body[first] = isMany && !Array.isArray(value) ? [...((body[first] as Value[] | undefined) ?? []), value] : value;
}

/** Fill a form in again with what a command said; photos are noted on their fields. */
export function fill(form: HTMLFormElement, body: Body): void {
  for (const field of fieldsOf(form, form)) {
    const value = (field.dataset.name ?? field.name).split(".").reduce<Value | undefined>(inside, body);
    if (value !== undefined) show(field, value);
  }
}

function inside(value: Value | undefined, name: string): Value | undefined {
  return typeof value === "object" && !Array.isArray(value) ? value[name] : undefined;
}

function show(field: Field, value: Value): void {
  if (isFile(field)) field.dataset.held = [value].flat().join(" ");
  else if (field instanceof HTMLInputElement && (field.type === "checkbox" || field.type === "radio")) {
    field.checked = Array.isArray(value) ? value.map(String).includes(field.value) : value === true || String(value) === field.value;
  } else if (field.type === "datetime-local") field.value = localTime(String(value));
  else field.value = String(value);
  field.dispatchEvent(new Event("change", { bubbles: true }));
}

function localTime(iso: string): string {
  const at = new Date(iso);
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

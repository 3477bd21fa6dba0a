/** Photos are made smaller here, before they are sent: a slow phone sends 200 KB instead of 6 MB, and EXIF is gone. */

const QUALITY = 0.82;

/** Return a JPEG at most `side` pixels long; the file itself where this browser cannot draw it. */
export async function shrunk(file: File, side: number): Promise<File> {
  try {
    const picture = await createImageBitmap(file, { imageOrientation: "from-image" });
    const scale = Math.min(1, side / Math.max(picture.width, picture.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(picture.width * scale);
    canvas.height = Math.round(picture.height * scale);
    canvas.getContext("2d")?.drawImage(picture, 0, 0, canvas.width, canvas.height);
    picture.close();
    const blob = await new Promise<Blob | null>((done) => canvas.toBlob(done, "image/jpeg", QUALITY));
    return blob === null ? file : new File([blob], "photo.jpg", { type: "image/jpeg" });
  } catch {
    return file; // the server tells whether it can read it
  }
}

/** Put files into an input, so that an ordinary form sends them. */
export function hold(input: HTMLInputElement, files: File[]): void {
  const held = new DataTransfer();
  for (const file of files) held.items.add(file);
  input.files = held.files;
}

/** Let an input take up to three photos, one after another, each with a preview that can be taken away. */
export function photoField(input: HTMLInputElement, list: HTMLElement, row: HTMLTemplateElement, side: number): void {
  let files: File[] = [];
  const show = () => {
    hold(input, files);
    list.replaceChildren(
      ...files.map((file, nr) => {
        const item = row.content.firstElementChild?.cloneNode(true) as HTMLLIElement;
        const image = item.querySelector("img");
        if (image) image.src = URL.createObjectURL(file);
        item.querySelector("button")?.addEventListener("click", () => {
          files = files.filter((_, at) => at !== nr);
          show();
          input.focus();
        });
        return item;
      }),
    );
  };
  input.addEventListener("change", () => {
    void (async () => {
      const chosen = await Promise.all([...(input.files ?? [])].map((file) => shrunk(file, side)));
      files = [...files, ...chosen].slice(0, 3);
      show();
    })();
  });
}

/** Photos are made smaller on the phone: 300 KB instead of 6 MB, and what the camera noted is gone. */

const LONGEST_SIDE = 1_600; // pixels; enough to read a house number
const QUALITY = 0.85;

/** Return a JPEG. Raises for what this browser cannot draw. */
export async function downscaled(file: Blob): Promise<ArrayBuffer> {
  const picture = await createImageBitmap(file, { imageOrientation: "from-image" });
  const scale = Math.min(1, LONGEST_SIDE / Math.max(picture.width, picture.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(picture.width * scale);
  canvas.height = Math.round(picture.height * scale);
  canvas.getContext("2d")?.drawImage(picture, 0, 0, canvas.width, canvas.height);
  picture.close();
  const blob = await new Promise<Blob | null>((done) => canvas.toBlob(done, "image/jpeg", QUALITY));
  if (blob === null) throw new TypeError("not drawn");
  return blob.arrayBuffer();
}

/** `message` goes on from the file's name. */
export class NotATorrent extends Error {
  override name = 'NotATorrent'
}

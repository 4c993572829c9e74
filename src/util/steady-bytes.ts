/** More than the kernel takes for a reader that stands still: whoever has taken it is fast. */
export const STEADY_BYTES = 12 * 1024 * 1024

/** A whole number, less than `most`. */
export const between = (least: number, most: number): number => Math.floor(least + Math.random() * (most - least))

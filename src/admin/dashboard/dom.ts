/** The element of index.html with this id. */
export function byId (id: string): HTMLElement
export function byId<T extends HTMLElement> (id: string, Type: new () => T): T
export function byId (id: string, Type = HTMLElement): HTMLElement {
  const element = document.getElementById(id)
  if (!(element instanceof Type)) throw new Error(`index.html has no ${Type.name} #${id}`)
  return element
}

/** A new row from the `<template>` of index.html with this id. */
export function fromTemplate (id: string): HTMLElement {
  const { firstElementChild } = byId(id, HTMLTemplateElement).content
  const row = firstElementChild && document.importNode(firstElementChild, true)
  if (!(row instanceof HTMLElement)) throw new Error(`the template #${id} is empty`)
  return row
}

/** The part of a row that its template names by `data-part`. */
export function part (row: HTMLElement, name: string): HTMLElement
export function part<T extends HTMLElement> (row: HTMLElement, name: string, Type: new () => T): T
export function part (row: HTMLElement, name: string, Type = HTMLElement): HTMLElement {
  const element = row.querySelector(`[data-part="${name}"]`)
  if (!(element instanceof Type)) throw new Error(`the row has no ${Type.name} "${name}"`)
  return element
}

/** An element with text in it: names of objects and clients are never anything else. */
export function make<K extends keyof HTMLElementTagNameMap> (
  tag: K, { className = '', text = '' } = {}
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag)
  element.className = className
  element.textContent = text
  return element
}

/** Writes only a text that is new: a selection in an old one stays. */
export function setText (element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text
}

/**
 * Makes the children of a list those of `items`, in their order; a child stays the same element as long as its item is
 * there, with its focus.
 */
export function keyed<Item> (
  parent: HTMLElement,
  items: readonly Item[],
  keyOf: (item: Item) => string,
  create: (item: Item) => HTMLElement,
  update: (child: HTMLElement, item: Item) => void
): void {
  const before = new Map<string, HTMLElement>()
  for (const child of parent.children) {
    if (child instanceof HTMLElement) before.set(child.dataset['id'] ?? '', child)
  }
  let previous: Element | null = null
  for (const item of items) {
    const id = keyOf(item)
    let child = before.get(id)
    before.delete(id)
    if (child === undefined) {
      child = create(item)
      child.dataset['id'] = id
    }
    update(child, item)
    const place: Element | null = previous === null ? parent.firstElementChild : previous.nextElementSibling
    if (place !== child) parent.insertBefore(child, place)
    previous = child
  }
  for (const child of before.values()) child.remove()
}

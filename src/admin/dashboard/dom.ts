/** The element of index.html with this id. */
export function byId<T extends HTMLElement = HTMLElement> (id: string): T {
  const element = document.getElementById(id)
  if (element === null) throw new Error(`index.html has no #${id}`)
  return element as T
}

/** An element with text in it: what comes from keys and clients is never anything else. */
export function make<K extends keyof HTMLElementTagNameMap> (
  tag: K, { className = '', text = '' } = {}
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag)
  element.className = className
  element.textContent = text
  return element
}

/** Writes only what is new: who has selected or focused something keeps it. */
export function setText (element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text
}

/**
 * Makes the children of a list those of `items`, in their order; a child stays the same element as long as its item is
 * there.
 */
export function keyed<Item, Child extends HTMLElement> (
  parent: HTMLElement,
  items: readonly Item[],
  keyOf: (item: Item) => string,
  create: (item: Item) => Child,
  update: (child: Child, item: Item) => void
): void {
  const before = new Map(
    [...parent.children].map((child) => [(child as HTMLElement).dataset['id'] ?? '', child as Child])
  )
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

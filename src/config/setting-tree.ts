import type { Setting } from './setting-kinds.ts'

/**
 * Settings in the shape in which the rooms get their values: the names are those of the code, each setting says which key
 * of the settings file it is. The types of keys and values are derived from such a tree, so a name or a use that does not
 * agree with the declaration doesn't compile.
 */
export interface SettingTree {
  readonly [name: string]: SettingNode
}
type SettingNode = Setting<string, unknown> | Combined<SettingTree, unknown> | SettingTree

/** One value for the rooms that is made from several settings, such as a certificate and its key. */
interface Combined<P extends SettingTree, V> {
  readonly parts: P
  // never: which values it takes was checked where it was declared
  readonly make: (values: never) => V
}

export const combined = <P extends SettingTree, V>(
  parts: P,
  make: (values: ValueOf<P>) => V,
): Combined<P, V> => ({ parts, make })

/** What the rooms get. */
export type ValueOf<N> =
  N extends Setting<string, infer V>
    ? V
    : N extends Combined<SettingTree, infer V>
      ? Readonly<V>
      : { readonly [P in keyof N]: ValueOf<N[P]> }

/** All settings in a tree. */
type SettingIn<N> =
  N extends Setting<string, unknown>
    ? N
    : N extends Combined<infer P, unknown>
      ? SettingIn<P>
      : { [P in keyof N]: SettingIn<N[P]> }[keyof N]

/** The values by key, before any of them are combined. */
export type ReadValues<T> = {
  readonly [S in Extract<SettingIn<T>, Setting<string, unknown>> as S['key']]: ValueOf<S>
}

const isSetting = (node: SettingNode): node is Setting<string, unknown> =>
  'read' in node && typeof node.read === 'function'
const isCombined = (node: SettingNode): node is Combined<SettingTree, unknown> =>
  'make' in node && typeof node.make === 'function'

/** The settings of a tree in the order of their declaration. One that is part of several combined values is listed once. */
export function settingsIn(node: SettingNode): readonly Setting<string, unknown>[] {
  if (isSetting(node)) return [node]
  const inner = isCombined(node) ? node.parts : node
  return [...new Set(Object.values(inner).flatMap(settingsIn))]
}

/** Puts values that were read by key into the shape of the tree, frozen to the last leaf. */
export const toTree = <T extends SettingTree>(tree: T, values: ReadValues<T>): ValueOf<T> =>
  freeze(make(tree, values)) as ValueOf<T>

function make(node: SettingNode, values: Readonly<Record<string, unknown>>): unknown {
  if (isSetting(node)) return values[node.key]
  if (isCombined(node)) return node.make(make(node.parts, values) as never)
  return Object.fromEntries(
    Object.entries(node).map(([name, inner]) => [name, make(inner, values)]),
  )
}

function freeze(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  Object.values(value).forEach(freeze)
  return Object.freeze(value)
}

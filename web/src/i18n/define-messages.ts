import { useLocale } from './locale'

/** English is the source: every text of the other languages must be there, with the same parameters, or it does not compile. */
export type Translation<T> = {
  readonly [K in keyof T]: T[K] extends string
    ? string
    : T[K] extends (...args: infer A) => string
      ? (...args: A) => string
      : Translation<T[K]>
}

export type LocaleId = 'en' | 'ko' | 'ru'

/** A catalogue of one feature as a hook: `const t = useMessages()`, then `t.overview.title` or `t.rows(12)`. */
export function defineMessages<const T>(catalogue: {
  en: T
  ko: Translation<T>
  ru: Translation<T>
}): () => Translation<T> {
  // biome-ignore lint/correctness/noComponentHookFactories: called once a catalogue, at module level
  return function useMessages() {
    return catalogue[useLocale()] as Translation<T>
  }
}

const pluralRules = { en: new Intl.PluralRules('en'), ko: new Intl.PluralRules('ko'), ru: new Intl.PluralRules('ru') }

/** The word form a count asks for: `plural('ru', 3, { one: 'модель', few: 'модели', many: 'моделей' })`. */
export function plural(
  locale: LocaleId,
  count: number | bigint,
  forms: { one?: string; few?: string; many?: string; other?: string },
): string {
  const category = pluralRules[locale].select(Number(count)) as 'one' | 'few' | 'many' | 'other'
  return forms[category] ?? forms.other ?? forms.many ?? forms.one ?? ''
}

/** Puts values into `{named}` places of a text. */
export function fill(text: string, values: Record<string, string | number>): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => (name in values ? String(values[name]) : whole))
}

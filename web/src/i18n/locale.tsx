import { createContext, type ReactNode, useContext, useEffect } from 'react'
import type { LocaleId } from './define-messages'

export type { LocaleId }
export const locales: readonly LocaleId[] = ['en', 'ko', 'ru']

/** BCP 47 tags for `Intl`: dates and numbers of the language people read, not of the machine. */
export const intlLocale: Record<LocaleId, string> = { en: 'en-US', ko: 'ko-KR', ru: 'ru-RU' }

const LocaleContext = createContext<LocaleId>('en')
const storageKey = 'infrazen-locale'

export function LocaleProvider({ locale, children }: { locale: LocaleId; children: ReactNode }) {
  useEffect(() => {
    document.documentElement.lang = locale
  }, [locale])
  return <LocaleContext.Provider value={locale}>{children}</LocaleContext.Provider>
}

export function useLocale(): LocaleId {
  return useContext(LocaleContext)
}

export function isLocale(value: unknown): value is LocaleId {
  return value === 'en' || value === 'ko' || value === 'ru'
}

/** What the reader chose here before, or null. Storage may be closed to us; then nothing was chosen. */
export function rememberedLocale(): LocaleId | null {
  try {
    const value = localStorage.getItem(storageKey)
    return isLocale(value) ? value : null
  } catch {
    return null
  }
}

export function rememberLocale(locale: LocaleId): void {
  try {
    localStorage.setItem(storageKey, locale)
  } catch {
    // Private windows may refuse; the address still carries the choice.
  }
}

export function browserLocale(): LocaleId {
  for (const tag of navigator.languages ?? [navigator.language]) {
    const language = tag.slice(0, 2).toLowerCase()
    if (isLocale(language)) return language
  }
  return 'en'
}

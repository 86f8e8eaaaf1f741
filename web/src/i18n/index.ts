import { defineMessages } from './define-messages'
import { en } from './en'
import { ko } from './ko'
import { ru } from './ru'

export { defineMessages, fill, plural, type Translation } from './define-messages'
export { formulaText } from './formula-texts'
export { intlLocale, type LocaleId, useLocale } from './locale'
export { changeText, problemText } from './problem-texts'
export { Rich } from './rich'

/** Texts of the shell and of the parts every page uses. */
export const useMessages = defineMessages({ en, ko, ru })

import { defineMessages } from '../../../i18n'
import { en } from './en'
import { ko } from './ko'
import { ru } from './ru'

export const useAiMessages = defineMessages({ en, ko, ru })

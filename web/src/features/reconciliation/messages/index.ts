import { defineMessages } from '../../../i18n'
import { en } from './en'
import { ko } from './ko'
import { ru } from './ru'

export const useReconciliationMessages = defineMessages({ en, ko, ru })

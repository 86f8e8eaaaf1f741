import { defineMessages } from '../../../i18n'
import { en } from './en'
import { ko } from './ko'
import { ru } from './ru'

export const useOverviewMessages = defineMessages({ en, ko, ru })

import { defineMessages } from '../../i18n/define-messages'

export const useGridMessages = defineMessages({
  en: {
    columns: 'Columns',
    pin: (name: string) => `Pin ${name}`,
    groupBy: (name: string) => `Group by ${name}`,
    hint: 'Drag the edge of a heading to resize. In the table: arrows move, Shift selects, Ctrl C copies.',
    reset: 'As at first',
    resize: (name: string) => `Width of ${name}`,
    expand: 'Show rows of the group',
    collapse: 'Hide rows of the group',
    copied: 'Copied',
  },
  ko: {
    columns: '열',
    pin: (name) => `${name} 고정`,
    groupBy: (name) => `${name}별로 묶기`,
    hint: '머리글 가장자리를 끌면 너비가 바뀌어요. 표에서는 화살표로 이동, Shift로 선택, Ctrl C로 복사해요.',
    reset: '처음대로',
    resize: (name) => `${name} 열 너비`,
    expand: '묶음의 행 보기',
    collapse: '묶음의 행 숨기기',
    copied: '복사됨',
  },
  ru: {
    columns: 'Столбцы',
    pin: (name) => `Закрепить: ${name}`,
    groupBy: (name) => `Группировать: ${name}`,
    hint: 'Ширину меняет край заголовка. В таблице: стрелки перемещают, Shift выделяет, Ctrl C копирует.',
    reset: 'Как вначале',
    resize: (name) => `Ширина столбца: ${name}`,
    expand: 'Показать строки группы',
    collapse: 'Скрыть строки группы',
    copied: 'Скопировано',
  },
})

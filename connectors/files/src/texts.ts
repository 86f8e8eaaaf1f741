import type { CredentialField, Read, Text } from '@infrazen/connector-kit'

/** Fields that every source of files has. */
export const pattern: CredentialField = {
  id: 'pattern',
  kind: 'text',
  label: { en: 'Which files', ko: '어떤 파일', ru: 'Какие файлы' },
  help: {
    en: 'Patterns with commas, such as bills/*.csv.gz. Empty: CSV, gzip, zstd and Parquet in every folder.',
    ko: 'bills/*.csv.gz처럼 쉼표로 구분해 적으세요. 비워 두면 모든 폴더의 CSV, gzip, zstd, Parquet를 읽어요.',
    ru: 'Шаблоны через запятую, например bills/*.csv.gz. Пусто — CSV, gzip, zstd и Parquet во всех папках.',
  },
  required: false,
  placeholder: '*.csv, *.parquet',
  pattern: '[^\\\\]{1,500}',
}

export const format: CredentialField = {
  id: 'format',
  kind: 'text',
  label: { en: 'Format', ko: '형식', ru: 'Формат' },
  help: {
    en: 'auto recognises each file by its columns. Else focus, aws-cur, azure-actual, mapping:… as in an import.',
    ko: 'auto는 파일마다 열을 보고 알아내요. 가져오기처럼 focus, aws-cur, azure-actual, mapping:…도 쓸 수 있어요.',
    ru: 'auto узнаёт каждый файл по столбцам. Иначе focus, aws-cur, azure-actual, mapping:… — как при импорте.',
  },
  required: false,
  initial: 'auto',
  pattern: '[a-z][\\w:.-]{1,80}',
}

export const currency: CredentialField = {
  id: 'currency',
  kind: 'text',
  label: {
    en: 'Currency of files that name none',
    ko: '통화가 없는 파일의 통화',
    ru: 'Валюта файлов, где она не указана',
  },
  required: false,
  placeholder: 'USD',
  pattern: '[A-Z]{3}',
}

export const reads: readonly Read[] = [
  { kind: 'files', grain: 'hour', restatementDays: 90, historyDays: null, usualLatenessHours: 36 },
]

export const listing: Text = { en: 'List the files', ko: '파일 목록 보기', ru: 'Просмотр списка файлов' }
export const reading: Text = { en: 'Read a file', ko: '파일 읽기', ru: 'Чтение файла' }

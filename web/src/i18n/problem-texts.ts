type Locale = 'en' | 'ko' | 'ru'

type Said = {
  ko: string
  ru: string
  /** takes the parts of the English message that the texts repeat as {1}, {2} … */
  parts?: RegExp
}

/** What the server says by stable code, in the other languages. English comes from the server itself and stays for codes that are new. */
const texts: Record<string, Said> = {
  // access
  wrong_credentials: {
    ko: '이메일이나 비밀번호가 맞지 않아요.',
    ru: 'Неверная почта или пароль.',
  },
  too_many_attempts: {
    ko: '시도가 너무 많았어요. 잠시 뒤에 다시 시도해 주세요.',
    ru: 'Слишком много попыток. Подождите немного и повторите.',
  },
  too_many_requests: {
    ko: '요청이 너무 많았어요. 잠시 뒤에 다시 시도해 주세요.',
    ru: 'Слишком много запросов. Подождите немного и повторите.',
  },
  already_set_up: { ko: '이미 설정이 끝났어요. 로그인해 주세요.', ru: 'InfraZen уже настроен. Войдите.' },
  setup_code_needed: {
    ko: '서버가 시작할 때 콘솔에 출력한 설정 코드를 입력해 주세요.',
    ru: 'Введите код настройки, который сервер вывел в консоль при запуске.',
  },
  invalid_api_key: {
    ko: '없는 API 키이거나 폐기된 키예요. 설정에서 새로 만들어 주세요.',
    ru: 'Такого ключа API нет или он отозван. Создайте новый в настройках.',
  },
  api_key_not_found: {
    ko: '그런 키가 없어요. 이미 폐기됐을 수 있어요.',
    ru: 'Такого ключа нет. Возможно, он уже отозван.',
  },
  sign_in_needed: { ko: '로그인해 주세요.', ru: 'Войдите в систему.' },
  no_organization: {
    ko: '더 이상 소속된 조직이 없어요. 소유자에게 초대를 요청해 주세요.',
    ru: 'Вы больше не состоите в организации. Попросите владельца пригласить вас.',
  },
  organization_not_found: {
    ko: '이 조직은 이제 없어요. 다시 로그인해 주세요.',
    ru: 'Этой организации больше нет. Войдите снова.',
  },
  foreign_origin: {
    ko: '다른 사이트에서 온 요청이에요. InfraZen을 직접 열고 다시 시도해 주세요.',
    ru: 'Запрос пришёл с другого сайта. Откройте сам InfraZen и повторите.',
  },
  unknown_time_zone: {
    ko: '없는 시간대예요. Asia/Seoul 같은 IANA 이름을 써 주세요.',
    ru: 'Такого часового пояса нет. Укажите имя IANA, например Europe/Moscow.',
  },
  unknown_currency: {
    ko: '없는 통화예요. KRW 같은 ISO 4217 코드를 써 주세요.',
    ru: 'Такой валюты нет. Укажите код ISO 4217, например RUB.',
  },
  // requests
  invalid_request: { ko: '요청을 이해하지 못했어요: {1}', ru: 'Запрос не понят: {1}', parts: /^([\s\S]*)$/ },
  internal_error: {
    ko: '서버에서 문제가 생겼어요. 서버 로그의 요청 번호에 자세한 내용이 있어요.',
    ru: 'На сервере что-то пошло не так. Подробности в его журнале под номером запроса.',
  },
  not_found: { ko: '그런 주소가 없어요.', ru: 'Такого адреса нет.' },
  too_large: { ko: '보낸 내용이 너무 커요.', ru: 'Отправлено слишком много данных.' },
  note_not_found: { ko: '이 조직에 그런 메모가 없어요.', ru: 'Такой заметки в организации нет.' },
  batch_not_found: {
    ko: '그런 배치가 없어요. 배치 목록은 데이터 페이지에 있어요.',
    ru: 'Такой партии нет. Список партий на странице «Данные».',
  },
  batch_open: { ko: '이미 열려 있는 배치예요.', ru: 'Эта партия уже открыта.' },
  batch_not_open: { ko: '이미 닫힌 배치예요.', ru: 'Эта партия уже закрыта.' },
  import_not_found: {
    ko: '그런 가져오기가 없어요. 목록은 데이터 페이지에 있어요.',
    ru: 'Такой загрузки нет. Список на странице «Данные».',
  },
  // questions
  question_too_heavy: {
    ko: '한 질문에 허용된 시간이나 메모리를 넘었어요. 기간이나 측정기준을 줄이거나 조건을 더해 주세요.',
    ru: 'Запросу не хватило отведённого времени или памяти. Сократите период, число измерений или добавьте условие.',
  },
  unknown_metric: { ko: '‘{1}’ 지표는 없어요.', ru: 'Показателя «{1}» нет.', parts: /“([^”]*)”/ },
  unknown_dimension: { ko: '‘{1}’ 측정기준은 없어요.', ru: 'Измерения «{1}» нет.', parts: /“([^”]*)”/ },
  unknown_order: {
    ko: '‘{1}’ 열로는 정렬할 수 없어요.',
    ru: 'По столбцу «{1}» сортировать нельзя.',
    parts: /“([^”]*)”/,
  },
  unexplained_metric: {
    ko: '수량, 단가, 구성은 비용만 설명해요.',
    ru: 'Объём, цена и состав объясняют только стоимость.',
  },
  invalid_time: { ko: '없는 날짜나 시각이에요.', ru: 'Такой даты или времени нет.' },
  empty_period: { ko: '기간의 끝이 시작보다 앞서요.', ru: 'Период кончается раньше, чем начинается.' },
  invalid_cursor: {
    ko: '이 질문의 앞 페이지에서 온 위치가 아니에요. 처음부터 다시 열어 주세요.',
    ru: 'Эта метка не от прежней страницы того же запроса. Начните сначала.',
  },
  no_metric: { ko: '질문에는 지표가 하나 이상 있어야 해요.', ru: 'В запросе должен быть хотя бы один показатель.' },
  attribution_changed: {
    ko: '그사이 다른 사람이 바꿨어요. 다시 불러온 뒤 저장해 주세요.',
    ru: 'Тем временем правила изменил кто-то другой. Загрузите их снова и сохраните.',
  },
  nothing_to_undo: { ko: '가장 최근의 변경만 되돌릴 수 있어요.', ru: 'Отменить можно только последнее изменение.' },
  no_rate_source: {
    ko: '환율 출처가 정해지지 않았어요. 설정에서 골라 주세요.',
    ru: 'Источник курсов не выбран. Выберите его в настройках.',
  },
  not_served_here: {
    ko: '이 서버는 그 일을 맡지 않아요. 다른 서버로 보내 주세요.',
    ru: 'Этот сервер такого не выполняет. Обратитесь к другому.',
  },
  // files
  file_empty: { ko: '빈 파일이에요.', ru: 'Файл пуст.' },
  file_too_large: {
    ko: '파일이 너무 커요. 나누거나 gzip, zstd로 압축해 주세요.',
    ru: 'Файл слишком велик. Разделите его или сожмите gzip или zstd.',
  },
  upload_lost: {
    ko: '올린 파일이 사라졌어요. 다시 가져와 주세요.',
    ru: 'Загруженный файл пропал. Загрузите его снова.',
  },
  duplicate_column: {
    ko: '머리글에 {1} 열이 두 번 있어요. 하나를 지워 주세요.',
    ru: 'Столбец {1} стоит в заголовке дважды. Удалите один из них.',
    parts: /column (\S+) stands/,
  },
  not_focus: {
    ko: 'FOCUS 파일이 아니에요: {1} 열이 없어요. 청구서를 FOCUS 형식으로 내보내거나, 첫 줄이 열 이름인지 확인해 주세요.',
    ru: 'Это не файл FOCUS: нет столбца {1}. Выгрузите счёт в формате FOCUS или проверьте, что в первой строке имена столбцов.',
    parts: /no column (.+?)\. Export/,
  },
  parquet_truncated: {
    ko: 'Parquet 파일의 끝이 잘렸어요. 다시 내려받아 주세요.',
    ru: 'Файл Parquet обрезан: нет его конца. Скачайте его снова.',
  },
  parquet_unreadable: {
    ko: 'Parquet 파일을 읽을 수 없어요. 손상됐거나 알 수 없는 인코딩이에요.',
    ru: 'Файл Parquet не читается: он повреждён или кодировка неизвестна.',
  },
  parquet_encrypted: {
    ko: '암호화된 Parquet 파일이에요. 암호화하지 않고 내보내 주세요.',
    ru: 'Файл Parquet зашифрован. Выгрузите его без шифрования.',
  },
  row_group_too_large: {
    ko: 'Parquet 파일의 행 그룹이 너무 커서 메모리에 담을 수 없어요. 행 그룹을 더 작게(보통 100,000행) 쓰거나 CSV로 가져와 주세요.',
    ru: 'Группа строк файла Parquet не помещается в память. Запишите файл с меньшими группами (обычно 100 000 строк) или загрузите CSV.',
  },
  too_many_rows: {
    ko: '한 파일에 행이 너무 많아요. 나눠 주세요.',
    ru: 'В одном файле слишком много строк. Разделите его.',
  },
  too_many_columns: {
    ko: '열이 너무 많아요(최대 2,000개). 구분자를 확인하거나 열을 줄여 내보내 주세요.',
    ru: 'Слишком много столбцов (не более 2000). Проверьте разделитель или выгрузите меньше столбцов.',
  },
  line_ends: {
    ko: '줄이 CR만으로 끝나요(옛 Mac 방식). LF나 CRLF로 저장해 다시 가져와 주세요.',
    ru: 'Строки заканчиваются одним CR (старый Mac). Сохраните файл с LF или CRLF и загрузите снова.',
  },
  record_too_long: {
    ko: '{1}행이 너무 길어요. 따옴표가 닫히지 않았거나 줄바꿈이 빠졌어요. 고친 뒤 다시 가져와 주세요. 들어간 내용은 없어요.',
    ru: 'Строка {1} слишком длинная: кавычка не закрыта или нет концов строк. Исправьте и загрузите снова; ничего не взято.',
    parts: /^Row (\S+)/,
  },
  archive_bomb: {
    ko: '압축을 풀면 청구서로 보기 어려울 만큼 커져요. 들어간 내용은 없어요. 청구서가 맞다면 직접 압축을 풀어 CSV로 가져와 주세요.',
    ru: 'При распаковке данные растут так, как не бывает у счетов; ничего не взято. Если это счёт, распакуйте его сами и загрузите CSV.',
  },
  window_too_large: {
    ko: 'zstd 압축을 푸는 데 메모리가 너무 많이 필요해요. --long 없이 다시 압축하거나 CSV로 가져와 주세요.',
    ru: 'Для распаковки zstd нужно слишком много памяти. Сожмите снова без --long или загрузите CSV.',
  },
  cursor_unknown: {
    ko: '그런 위치가 없어요. 앞 페이지의 `next` 값을 써 주세요.',
    ru: 'Такого места в списке нет. Возьмите его из `next` предыдущей страницы.',
  },
  unsupported_content: {
    ko: 'CSV나 Parquet가 아니에요. 청구서를 CSV(UTF-8)나 Parquet로 내보내 주세요. gzip과 zstd는 괜찮아요.',
    ru: 'Это не CSV и не Parquet. Выгрузите счёт в CSV (UTF-8) или Parquet; gzip и zstd понятны.',
  },
  archive_damaged: {
    ko: '압축이 손상됐거나 잘렸어요. 다시 내려받아 주세요. 들어간 내용은 없어요.',
    ru: 'Архив повреждён или обрезан. Скачайте файл снова; из него ничего не взято.',
  },
  no_header: {
    ko: '첫 줄이 열 이름이 아니에요(너무 길거나 이진 데이터예요). CSV 파일인지 확인해 주세요.',
    ru: 'Первая строка — не имена столбцов (слишком длинная или двоичная). Проверьте, что это CSV.',
  },
  no_rows: { ko: '열 이름만 있고 행이 없어요.', ru: 'В файле есть имена столбцов, но нет строк.' },
  too_many_scopes: {
    ko: '한 파일에 청구 계정과 기간이 너무 많아요. 나눠 주세요.',
    ru: 'В одном файле слишком много счетов и периодов. Разделите его.',
  },
  import_failed: {
    ko: '예상하지 못한 오류로 멈췄어요. 들어간 내용은 없어요. 다시 시도해 주세요. 원인은 서버 로그에 있어요.',
    ru: 'Загрузка остановилась из-за непредвиденной ошибки; ничего не взято. Повторите. Причина в журнале сервера.',
  },
  // rows
  too_few_fields: { ko: '칸이 머리글보다 적어요.', ru: 'Ячеек меньше, чем в заголовке.' },
  too_many_fields: { ko: '칸이 머리글보다 많아요.', ru: 'Ячеек больше, чем в заголовке.' },
  quote_unbalanced: { ko: '따옴표가 닫히지 않았어요.', ru: 'Кавычка не закрыта.' },
  nul_byte: {
    ko: '행에 NUL 바이트가 있어요. 파일이 손상됐을 수 있으니 다시 내보내 주세요.',
    ru: 'В строке есть байт NUL: файл повреждён. Выгрузите его снова.',
  },
  quote_misplaced: { ko: '따옴표가 잘못된 자리에 있어요.', ru: 'Кавычка стоит не на месте.' },
  value_missing: { ko: '{column} 값이 비어 있어요.', ru: 'Значение {column} пусто.' },
  thousands_separator: {
    ko: '천 단위 구분이 들어 있어요. 1234.56처럼 적어 주세요.',
    ru: 'В числе разделители тысяч. Запишите как 1234.56.',
  },
  not_a_number: { ko: '숫자가 아니에요. 1234.56처럼 적어 주세요.', ru: 'Это не число. Запишите как 1234.56.' },
  number_does_not_fit: {
    ko: '자릿수가 너무 많아 반올림하지 않고는 담을 수 없어요. 원본에서 줄여 주세요.',
    ru: 'Слишком много цифр: пришлось бы округлять. Сократите число в источнике.',
  },
  not_a_time: {
    ko: '시각이 아니에요. 2026-11-01T00:00:00Z처럼 적어 주세요.',
    ru: 'Это не время. Запишите как 2026-11-01T00:00:00Z.',
  },
  time_out_of_range: {
    ko: '1971년 이전이거나 2104년 이후예요. 연도를 확인해 주세요.',
    ru: 'Время до 1971 или после 2104 года. Проверьте год.',
  },
  period_reversed: {
    ko: 'ChargePeriodEnd가 ChargePeriodStart보다 앞서요. 바꾸거나 고쳐 주세요.',
    ru: 'ChargePeriodEnd раньше ChargePeriodStart. Поменяйте местами или исправьте.',
  },
  not_a_currency: {
    ko: 'ISO 4217 세 글자 코드가 아니에요(예: USD, KRW, RUB).',
    ru: 'Это не трёхбуквенный код ISO 4217 (например, USD, KRW, RUB).',
  },
  // what was understood on the way in
  currency_assumed: {
    ko: '파일에 통화가 없어 가져올 때 정한 {1}을(를) 썼어요.',
    ru: 'В файле нет валюты; взята указанная при загрузке: {1}.',
    parts: /currency; (\S+) was/,
  },
  currency_unknown: {
    ko: '파일에 통화가 없어요. 금액은 XXX(통화 없음)로 두고 다른 것과 더하지 않아요. 통화를 정해 다시 가져오면 바뀌어요.',
    ru: 'В файле нет валюты. Суммы стоят под XXX (без валюты) и ни с чем не складываются. Загрузите снова, указав валюту.',
  },
  effective_cost_derived: {
    ko: '파일에 EffectiveCost가 없어 BilledCost를 대신 썼어요.',
    ru: 'В файле нет EffectiveCost; вместо него взят BilledCost.',
  },
  provider_unknown: {
    ko: '파일에 공급자가 없어요. 요금은 공급자 이름 없이 들어갔어요.',
    ru: 'В файле не назван поставщик; начисления стоят без его имени.',
  },
  column_renamed: {
    ko: '머리글에 {1} 열이 여러 번 있어요. 이 열은 {2}(으)로 두었어요.',
    ru: 'Столбец {1} стоит в заголовке несколько раз; этот сохранён как {2}.',
    parts: /column (.+) stands more than once.* kept as (.+)\.$/,
  },
  extra_columns_kept: {
    ko: 'FOCUS에 없는 열도 남겨 두었고 extra:<이름>으로 물을 수 있어요: {1}',
    ru: 'Столбцы не из FOCUS сохранены, их можно спрашивать как extra:<имя>: {1}',
    parts: /<name>: (.*)$/,
  },
}

/** How a column came to its values: `column_changed` says it as `Column: how`. */
const changes: [RegExp, { ko: string; ru: string }][] = [
  [/^(.+?): read as (\S+)$/, { ko: '{1}: {2}(으)로 읽음', ru: '{1}: прочитан как {2}' }],
  [/^(.+?): taken from (\S+)$/, { ko: '{1}: {2}에서 가져옴', ru: '{1}: взят из {2}' }],
  [/^(.+?): month of (\S+)$/, { ko: '{1}: {2}의 달', ru: '{1}: месяц из {2}' }],
  [/^(.+?): a month after (\S+)$/, { ko: '{1}: {2}의 한 달 뒤', ru: '{1}: через месяц после {2}' }],
  [/^(.+?): end of the day of (\S+)$/, { ko: '{1}: {2} 날의 끝', ru: '{1}: конец дня {2}' }],
  [
    /^(.+?): the file has no currency; (\S+) was assumed$/,
    { ko: '{1}: 파일에 통화가 없어 {2}(으)로 봄', ru: '{1}: в файле нет валюты, принята {2}' },
  ],
  [
    /^(.+?): equal to BilledCost, as FOCUS says/,
    {
      ko: '{1}: 다른 요금이 대신 내지 않는 요금은 FOCUS에 따라 BilledCost와 같음',
      ru: '{1}: равен BilledCost, как FOCUS говорит о начислениях, не покрытых другими',
    },
  ],
  [/^(.+?): unit price × quantity$/, { ko: '{1}: 단가 × 수량', ru: '{1}: цена × количество' }],
  [/^(.+?): from the provider$/, { ko: '{1}: 공급자에서', ru: '{1}: из поставщика' }],
  [/^(.+?): from (\S+) and (\S+)$/, { ko: '{1}: {2}, {3}에서', ru: '{1}: из {2} и {3}' }],
  [/^(.+?): from (\S+)$/, { ko: '{1}: {2}에서', ru: '{1}: из {2}' }],
]

/** A problem or finding of the server in the reader's language, by its code; what has no words here stays as the server says it. */
export function problemText(
  problem: { code: string; message: string; column?: string | null },
  locale: Locale,
): string {
  if (locale === 'en') return problem.message
  if (problem.code === 'column_changed') return changeText(problem.message, locale)
  const said = texts[problem.code]
  if (!said) return problem.message
  const parts = said.parts?.exec(problem.message)
  // A text that repeats a part of the message says nothing without it.
  if (said.parts && !parts) return problem.message
  if (said[locale].includes('{column}') && !problem.column) return problem.message
  return said[locale].replace(/\{(\w+)\}/g, (_, name: string) =>
    name === 'column' ? (problem.column ?? '') : (parts?.[Number(name)] ?? ''),
  )
}

/** A recorded change of a column (`Column: how`) in the reader's language. */
export function changeText(message: string, locale: Locale): string {
  if (locale === 'en') return message
  for (const [pattern, said] of changes) {
    const parts = pattern.exec(message)
    if (parts) return said[locale].replace(/\{(\d)\}/g, (_, index: string) => parts[Number(index)] ?? '')
  }
  return message
}

import type { Words } from './metrics'

/**
 * A text attribute of charges and usage. `charges` is SQL over a row of `charges_v1`, `usage` over a row of a usage
 * source; '' stands for null. Adding a dimension is adding an entry here: no other code names one.
 */
export type Dimension = {
  id: string
  group:
    | 'who'
    | 'what'
    | 'where'
    | 'charge'
    | 'commitment'
    | 'account'
    | 'pricing'
    | 'allocation'
    | 'ai'
    | 'source'
    | 'own'
  focusColumn: string | null
  name: Words
  explanation: Words
  charges: string
  usage: string
  /** Known only of single calls: the roll-up does not hold it. */
  perEvent?: boolean
  /** A leaf unit of a call: the answer looks at leaves, not at whole calls. */
  perLeaf?: boolean
}

/**
 * Tag keys that say who owns a charge, in order of precedence. The first key with a value wins; spelling counts.
 * Bills carry no such columns, so this list is the convention; allocation rules refine it.
 */
export const ownerTagKeys = {
  team: [
    'team',
    'Team',
    'TEAM',
    'owner_team',
    'owner-team',
    'team_name',
    'team-name',
    'TeamName',
    'squad',
    'business_unit',
    'business-unit',
    'BusinessUnit',
    'owner',
    'Owner',
  ],
  project: [
    'project',
    'Project',
    'PROJECT',
    'project_name',
    'project-name',
    'ProjectName',
    'project_id',
    'application',
    'Application',
    'app',
    'App',
  ],
  feature: ['feature', 'Feature', 'component', 'Component', 'module'],
  experiment: ['experiment', 'Experiment', 'experiment_id', 'experiment-id', 'mlflow_experiment'],
  run: ['run', 'Run', 'run_id', 'run-id', 'job_id'],
  customer: ['customer', 'Customer', 'customer_id', 'customer-id', 'tenant', 'Tenant', 'client'],
  environment: ['environment', 'Environment', 'ENVIRONMENT', 'env', 'Env', 'ENV', 'stage', 'Stage'],
  workload: ['service.name', 'service', 'Service', 'workload', 'Workload'],
} as const

const firstTag = (keys: readonly string[]) =>
  `arrayFirst(v -> v != '', [${keys.map((key) => `x_Tags['${key}']`).join(', ')}])`

/** A FOCUS column of text. `usage` is what an estimate has in its place. */
const focus = (
  id: string,
  focusColumn: string,
  group: Dimension['group'],
  name: [en: string, ko: string, ru: string],
  explanation: [en: string, ko: string, ru: string],
  usage = "''",
  charges = focusColumn,
): Dimension => ({ id, group, focusColumn, name: words(name), explanation: words(explanation), charges, usage })

const own = (
  id: string,
  group: Dimension['group'],
  name: [en: string, ko: string, ru: string],
  explanation: [en: string, ko: string, ru: string],
  sql: { charges?: string; usage?: string; perEvent?: boolean; perLeaf?: boolean },
): Dimension => ({
  id,
  group,
  focusColumn: null,
  name: words(name),
  explanation: words(explanation),
  charges: "''",
  usage: "''",
  ...sql,
})

const words = ([en, ko, ru]: [string, string, string]): Words => ({ en, ko, ru })

export const dimensions: Dimension[] = [
  focus(
    'provider',
    'ServiceProviderName',
    'who',
    ['Provider', '공급자', 'Поставщик'],
    [
      'Who offers the service to the buyer.',
      '구매자에게 서비스를 제공하는 곳입니다.',
      'Кто предоставляет услугу покупателю.',
    ],
    'ServiceProviderName',
  ),
  focus(
    'host_provider',
    'HostProviderName',
    'who',
    ['Host provider', '호스팅 공급자', 'Хостинг-поставщик'],
    [
      'Whose infrastructure the service runs on.',
      '서비스가 실행되는 인프라의 소유자입니다.',
      'На чьей инфраструктуре работает услуга.',
    ],
  ),
  focus(
    'invoice_issuer',
    'InvoiceIssuerName',
    'who',
    ['Invoice issuer', '청구서 발행처', 'Кто выставил счёт'],
    ['Who sends the invoice.', '청구서를 발행하는 곳입니다.', 'Кто выставляет счёт.'],
  ),
  focus(
    'service',
    'ServiceName',
    'what',
    ['Service', '서비스', 'Услуга'],
    [
      'The service that was bought, by the provider’s name for it.',
      '구매한 서비스의 이름으로, 공급자가 쓰는 이름입니다.',
      'Купленная услуга под названием поставщика.',
    ],
    'ServiceName',
  ),
  focus(
    'service_category',
    'ServiceCategory',
    'what',
    ['Service category', '서비스 범주', 'Категория услуги'],
    [
      'The FOCUS category of the service’s main purpose.',
      '서비스의 주된 목적에 따른 FOCUS 범주입니다.',
      'Категория FOCUS по главному назначению услуги.',
    ],
    "'AI and Machine Learning'",
  ),
  focus(
    'service_subcategory',
    'ServiceSubcategory',
    'what',
    ['Service subcategory', '서비스 하위 범주', 'Подкатегория услуги'],
    ['The finer FOCUS category of the service.', '서비스의 세부 FOCUS 범주입니다.', 'Более узкая категория FOCUS.'],
  ),
  focus(
    'resource',
    'ResourceId',
    'what',
    ['Resource', '리소스', 'Ресурс'],
    [
      'Identifier of the resource that was used.',
      '사용한 리소스의 식별자입니다.',
      'Идентификатор использованного ресурса.',
    ],
  ),
  focus(
    'resource_name',
    'ResourceName',
    'what',
    ['Resource name', '리소스 이름', 'Имя ресурса'],
    ['The name given to the resource.', '리소스에 붙인 이름입니다.', 'Имя, данное ресурсу.'],
  ),
  focus(
    'resource_type',
    'ResourceType',
    'what',
    ['Resource type', '리소스 유형', 'Тип ресурса'],
    ['What kind of resource it is.', '리소스의 종류입니다.', 'Какого рода ресурс.'],
  ),
  focus(
    'region',
    'RegionId',
    'where',
    ['Region', '리전', 'Регион'],
    ['Provider’s identifier of the region.', '공급자가 쓰는 리전 식별자입니다.', 'Идентификатор региона у поставщика.'],
    'Region',
  ),
  focus(
    'region_name',
    'RegionName',
    'where',
    ['Region name', '리전 이름', 'Название региона'],
    ['Provider’s name of the region.', '공급자가 쓰는 리전 이름입니다.', 'Название региона у поставщика.'],
  ),
  focus(
    'availability_zone',
    'AvailabilityZone',
    'where',
    ['Availability zone', '가용 영역', 'Зона доступности'],
    ['The isolated place inside the region.', '리전 안의 분리된 구역입니다.', 'Обособленная площадка внутри региона.'],
  ),
  focus(
    'sku',
    'SkuId',
    'pricing',
    ['SKU', 'SKU', 'SKU'],
    [
      'What is sold, independent of its price.',
      '가격과 무관하게 판매되는 항목입니다.',
      'Что продаётся, независимо от цены.',
    ],
  ),
  focus(
    'sku_meter',
    'SkuMeter',
    'pricing',
    ['SKU meter', 'SKU 미터', 'Счётчик SKU'],
    ['What the SKU measures.', 'SKU가 측정하는 대상입니다.', 'Что измеряет SKU.'],
  ),
  focus(
    'sku_price',
    'SkuPriceId',
    'pricing',
    ['SKU price', 'SKU 가격', 'Цена SKU'],
    ['The price item of the SKU that was applied.', '적용된 SKU 가격 항목입니다.', 'Применённая ценовая позиция SKU.'],
  ),
  focus(
    'sku_price_details',
    'SkuPriceDetails',
    'pricing',
    ['SKU price details', 'SKU 가격 상세', 'Сведения о цене SKU'],
    [
      'Properties behind the price, as JSON.',
      '가격에 관련된 속성(JSON)입니다.',
      'Свойства, от которых зависит цена, в JSON.',
    ],
  ),
  focus(
    'pricing_category',
    'PricingCategory',
    'pricing',
    ['Pricing category', '가격 방식', 'Категория цены'],
    [
      'Standard, committed, dynamic or other pricing.',
      '표준, 약정, 변동 등의 가격 방식입니다.',
      'Обычная, по обязательству, динамическая или иная цена.',
    ],
  ),
  focus(
    'pricing_currency',
    'PricingCurrency',
    'pricing',
    ['Pricing currency', '가격 통화', 'Валюта цены'],
    [
      'The currency in which prices are stated, which may differ from the bill’s.',
      '가격이 표시된 통화로, 청구 통화와 다를 수 있습니다.',
      'Валюта, в которой указаны цены; может отличаться от валюты счёта.',
    ],
  ),
  focus(
    'pricing_unit',
    'PricingUnit',
    'pricing',
    ['Pricing unit', '가격 단위', 'Единица цены'],
    ['The unit a price is for.', '가격이 매겨지는 단위입니다.', 'Единица, за которую назначена цена.'],
  ),
  focus(
    'consumed_unit',
    'ConsumedUnit',
    'pricing',
    ['Consumed unit', '사용 단위', 'Единица потребления'],
    ['The unit in which use was measured.', '사용량을 측정한 단위입니다.', 'Единица, в которой измерено потребление.'],
  ),
  focus(
    'charge_category',
    'ChargeCategory',
    'charge',
    ['Charge category', '청구 범주', 'Категория начисления'],
    [
      'Usage, purchase, tax, credit or adjustment.',
      '사용, 구매, 세금, 크레딧, 조정 가운데 하나입니다.',
      'Потребление, покупка, налог, кредит или корректировка.',
    ],
    "'Usage'",
  ),
  focus(
    'charge_class',
    'ChargeClass',
    'charge',
    ['Charge class', '청구 구분', 'Класс начисления'],
    [
      '“Correction” for corrections of an earlier billing period.',
      '이전 청구 기간에 대한 수정이면 “Correction”입니다.',
      '«Correction» для исправлений прошлого расчётного периода.',
    ],
  ),
  focus(
    'charge_description',
    'ChargeDescription',
    'charge',
    ['Charge description', '청구 설명', 'Описание начисления'],
    ['The charge in the provider’s words.', '공급자가 적은 청구 설명입니다.', 'Начисление словами поставщика.'],
  ),
  focus(
    'charge_frequency',
    'ChargeFrequency',
    'charge',
    ['Charge frequency', '청구 빈도', 'Частота начисления'],
    [
      'One-time, recurring or by use.',
      '일회성, 반복, 사용량 기반 가운데 하나입니다.',
      'Разовое, регулярное или по потреблению.',
    ],
    "'Usage-Based'",
  ),
  focus(
    'invoice',
    'InvoiceId',
    'charge',
    ['Invoice', '청구서', 'Счёт'],
    [
      'Number of the invoice that holds the charge.',
      '해당 청구 항목이 포함된 청구서 번호입니다.',
      'Номер счёта, в который входит начисление.',
    ],
  ),
  focus(
    'invoice_detail',
    'InvoiceDetailId',
    'charge',
    ['Invoice line', '청구서 항목', 'Строка счёта'],
    ['Identifier of the line on the invoice.', '청구서에 있는 항목의 식별자입니다.', 'Идентификатор строки счёта.'],
  ),
  focus(
    'billing_period',
    'BillingPeriodStart',
    'charge',
    ['Billing period', '청구 기간', 'Расчётный период'],
    [
      'First day (UTC) of the provider’s billing period; of an estimate the calendar month.',
      '공급자 청구 기간의 첫날(UTC)입니다. 추정치는 달력 월의 첫날입니다.',
      'Первый день (UTC) расчётного периода поставщика; для оценки — календарного месяца.',
    ],
    "toString(toStartOfMonth(Bucket, 'UTC'))",
    "toString(toDate(BillingPeriodStart, 'UTC'))",
  ),
  focus(
    'billing_account',
    'BillingAccountId',
    'account',
    ['Billing account', '청구 계정', 'Платёжный аккаунт'],
    [
      'Account that receives the invoice; of an estimate the account of the call.',
      '청구서를 받는 계정입니다. 추정치는 호출한 계정입니다.',
      'Аккаунт, получающий счёт; для оценки — аккаунт вызова.',
    ],
    'AccountId',
  ),
  focus(
    'billing_account_name',
    'BillingAccountName',
    'account',
    ['Billing account name', '청구 계정 이름', 'Имя платёжного аккаунта'],
    ['Name of the billing account.', '청구 계정의 이름입니다.', 'Имя платёжного аккаунта.'],
  ),
  focus(
    'billing_account_type',
    'BillingAccountType',
    'account',
    ['Billing account type', '청구 계정 유형', 'Тип платёжного аккаунта'],
    [
      'What the provider calls this kind of account.',
      '공급자가 이 계정을 부르는 유형입니다.',
      'Как поставщик называет такой вид аккаунта.',
    ],
  ),
  focus(
    'sub_account',
    'SubAccountId',
    'account',
    ['Sub account', '하위 계정', 'Дочерний аккаунт'],
    [
      'Account, subscription, project or folder inside the billing account.',
      '청구 계정 안의 계정, 구독, 프로젝트, 폴더입니다.',
      'Аккаунт, подписка, проект или каталог внутри платёжного аккаунта.',
    ],
  ),
  focus(
    'sub_account_name',
    'SubAccountName',
    'account',
    ['Sub account name', '하위 계정 이름', 'Имя дочернего аккаунта'],
    ['Name of the sub account.', '하위 계정의 이름입니다.', 'Имя дочернего аккаунта.'],
  ),
  focus(
    'sub_account_type',
    'SubAccountType',
    'account',
    ['Sub account type', '하위 계정 유형', 'Тип дочернего аккаунта'],
    [
      'What the provider calls this kind of sub account.',
      '공급자가 이 하위 계정을 부르는 유형입니다.',
      'Как поставщик называет такой вид дочернего аккаунта.',
    ],
  ),
  focus(
    'commitment_discount',
    'CommitmentDiscountId',
    'commitment',
    ['Commitment', '약정', 'Обязательство'],
    ['The commitment whose discount applies.', '할인이 적용된 약정입니다.', 'Обязательство, по которому дана скидка.'],
  ),
  focus(
    'commitment_discount_name',
    'CommitmentDiscountName',
    'commitment',
    ['Commitment name', '약정 이름', 'Имя обязательства'],
    ['Name of the commitment.', '약정의 이름입니다.', 'Имя обязательства.'],
  ),
  focus(
    'commitment_discount_category',
    'CommitmentDiscountCategory',
    'commitment',
    ['Commitment category', '약정 범주', 'Категория обязательства'],
    [
      'Whether spend or usage was committed to.',
      '지출 약정인지 사용량 약정인지 나타냅니다.',
      'Обязательство по сумме или по объёму.',
    ],
  ),
  focus(
    'commitment_discount_type',
    'CommitmentDiscountType',
    'commitment',
    ['Commitment type', '약정 유형', 'Тип обязательства'],
    [
      'The provider’s name for this kind of commitment.',
      '공급자가 이 약정을 부르는 유형입니다.',
      'Как поставщик называет такой вид обязательства.',
    ],
  ),
  focus(
    'commitment_discount_status',
    'CommitmentDiscountStatus',
    'commitment',
    ['Commitment status', '약정 사용 상태', 'Использование обязательства'],
    [
      'Whether the committed amount was used or left unused.',
      '약정량을 사용했는지 사용하지 않았는지 나타냅니다.',
      'Использован ли оплаченный по обязательству объём.',
    ],
  ),
  focus(
    'commitment_discount_unit',
    'CommitmentDiscountUnit',
    'commitment',
    ['Commitment unit', '약정 단위', 'Единица обязательства'],
    ['The unit the commitment is measured in.', '약정을 측정하는 단위입니다.', 'Единица измерения обязательства.'],
  ),
  focus(
    'commitment_program_eligibility',
    'CommitmentProgramEligibilityDetails',
    'commitment',
    ['Commitment eligibility', '약정 적용 가능 여부', 'Пригодность для обязательств'],
    [
      'Which commitment programmes the charge could use, as JSON.',
      '이 청구에 적용할 수 있는 약정 프로그램(JSON)입니다.',
      'К каким программам обязательств подходит начисление, в JSON.',
    ],
  ),
  focus(
    'contract_applied',
    'ContractApplied',
    'commitment',
    ['Contract applied', '적용된 계약', 'Применённый договор'],
    [
      'Contracts and commitments applied to the charge, as JSON.',
      '이 청구에 적용된 계약과 약정(JSON)입니다.',
      'Договоры и обязательства, применённые к начислению, в JSON.',
    ],
  ),
  focus(
    'capacity_reservation',
    'CapacityReservationId',
    'commitment',
    ['Capacity reservation', '용량 예약', 'Резерв мощности'],
    [
      'The reservation that the charge belongs to.',
      '해당 청구가 속한 용량 예약입니다.',
      'Резерв, к которому относится начисление.',
    ],
  ),
  focus(
    'capacity_reservation_status',
    'CapacityReservationStatus',
    'commitment',
    ['Reservation status', '예약 사용 상태', 'Использование резерва'],
    [
      'Whether the reserved capacity was used.',
      '예약한 용량을 사용했는지 나타냅니다.',
      'Использована ли зарезервированная мощность.',
    ],
  ),
  focus(
    'allocated_method',
    'AllocatedMethodId',
    'allocation',
    ['Split method', '배분 방법', 'Способ распределения'],
    [
      'How the provider split a shared charge.',
      '공급자가 공유 비용을 나눈 방법입니다.',
      'Как поставщик разделил общее начисление.',
    ],
  ),
  focus(
    'allocated_method_details',
    'AllocatedMethodDetails',
    'allocation',
    ['Split method details', '배분 방법 상세', 'Подробности распределения'],
    [
      'Details of the provider’s split, as JSON.',
      '공급자 배분의 상세 내용(JSON)입니다.',
      'Подробности распределения поставщиком, в JSON.',
    ],
  ),
  focus(
    'allocated_resource',
    'AllocatedResourceId',
    'allocation',
    ['Split to resource', '배분 대상 리소스', 'Ресурс-получатель'],
    [
      'The part of a shared resource that a split charge belongs to.',
      '나누어진 비용이 속하는 공유 리소스의 부분입니다.',
      'Часть общего ресурса, к которой относится доля.',
    ],
  ),
  focus(
    'allocated_resource_name',
    'AllocatedResourceName',
    'allocation',
    ['Split to resource name', '배분 대상 리소스 이름', 'Имя ресурса-получателя'],
    ['Name of that part of the shared resource.', '해당 부분의 이름입니다.', 'Имя этой части общего ресурса.'],
  ),
  focus(
    'allocated_tags',
    'AllocatedTags',
    'allocation',
    ['Split tags', '배분 태그', 'Теги распределения'],
    [
      'Tags of the part that a split charge belongs to, as JSON.',
      '나누어진 비용이 속하는 부분의 태그(JSON)입니다.',
      'Теги части, к которой относится доля, в JSON.',
    ],
  ),
  focus(
    'tags',
    'Tags',
    'own',
    ['All tags', '전체 태그', 'Все теги'],
    [
      'All tags of the charge together, as JSON; use tag:<key> for one of them.',
      '청구 항목의 모든 태그(JSON)입니다. 하나만 보려면 tag:<키>를 사용하세요.',
      'Все теги начисления вместе, в JSON; для одного — tag:<ключ>.',
    ],
  ),
  focus(
    'currency',
    'BillingCurrency',
    'charge',
    ['Currency', '통화', 'Валюта'],
    [
      'Currency of the bill; of an estimate that of the price.',
      '청구 통화입니다. 추정치는 가격의 통화입니다.',
      'Валюта счёта; для оценки — валюта цены.',
    ],
    'Currency',
  ),

  own(
    'basis',
    'source',
    ['Basis', '금액 근거', 'Основание суммы'],
    [
      'Where the amount comes from: a bill, an estimate from calls, a report or a manual entry.',
      '금액의 출처입니다. 청구서, 호출 추정, 보고, 직접 입력 가운데 하나입니다.',
      'Откуда сумма: счёт, оценка по вызовам, отчёт или ручной ввод.',
    ],
    { charges: 'x_Basis', usage: "'estimated'" },
  ),
  own(
    'connection',
    'source',
    ['Connection', '연결', 'Подключение'],
    [
      'Identifier of the connection that brought the charge.',
      '청구 데이터를 가져온 연결의 식별자입니다.',
      'Идентификатор подключения, из которого пришло начисление.',
    ],
    { charges: 'toString(x_ConnectionId)' },
  ),
  own(
    'batch',
    'source',
    ['Batch', '배치', 'Пакет'],
    [
      'Identifier of the batch: what one source said about one period at one time.',
      '한 출처가 한 기간에 대해 한 번 알려 온 묶음의 식별자입니다.',
      'Идентификатор пакета: что источник сообщил о периоде за один раз.',
    ],
    { charges: 'toString(x_BatchId)' },
  ),
  own(
    'import',
    'source',
    ['Import', '가져오기', 'Импорт'],
    [
      'Identifier of the import that read the file.',
      '파일을 읽은 가져오기의 식별자입니다.',
      'Идентификатор импорта, прочитавшего файл.',
    ],
    { charges: 'toString(x_ImportId)' },
  ),

  own(
    'model',
    'ai',
    ['Model', '모델', 'Модель'],
    [
      'The AI model that answered; of a bill the model its price or tags name.',
      '응답한 AI 모델입니다. 청구서는 가격 상세나 태그에 적힌 모델입니다.',
      'Ответившая модель ИИ; для счёта — модель из сведений о цене или тегов.',
    ],
    {
      charges:
        "arrayFirst(v -> v != '', [JSONExtractString(SkuPriceDetails, 'x_ModelId'), JSONExtractString(SkuPriceDetails, 'ModelId'), x_Tags['model'], x_Tags['Model'], x_Tags['gen_ai.request.model']])",
      usage: 'Model',
    },
  ),
  own(
    'request_model',
    'ai',
    ['Requested model', '요청 모델', 'Запрошенная модель'],
    ['The model that the caller asked for.', '호출자가 요청한 모델입니다.', 'Модель, которую запросил вызывающий.'],
    { usage: 'RequestModel', perEvent: true },
  ),
  own(
    'ai_provider',
    'ai',
    ['AI provider', 'AI 공급자', 'Поставщик ИИ'],
    [
      'Provider of the call as telemetry names it, e.g. aws.bedrock.',
      '텔레메트리에 적힌 호출의 공급자입니다(예: aws.bedrock).',
      'Поставщик вызова, как он назван в телеметрии, например aws.bedrock.',
    ],
    { usage: 'Provider' },
  ),
  own(
    'operation',
    'ai',
    ['Operation', '작업', 'Операция'],
    [
      'What was asked of the model: chat, embeddings and so on.',
      '모델에 요청한 작업입니다(채팅, 임베딩 등).',
      'Что запрошено у модели: чат, эмбеддинги и так далее.',
    ],
    { usage: 'Operation' },
  ),
  own(
    'service_tier',
    'ai',
    ['Service tier', '서비스 등급', 'Уровень обслуживания'],
    [
      'The tier that served the call, such as flex or priority.',
      '호출을 처리한 등급입니다(flex, priority 등).',
      'Уровень, на котором обслужен вызов, например flex или priority.',
    ],
    { usage: 'ServiceTier' },
  ),
  own(
    'unit',
    'ai',
    ['Unit of usage', '사용 항목', 'Единица учёта'],
    [
      'Leaf unit of a call (cached input, output, …); of a bill the SKU meter.',
      '호출의 최소 사용 항목입니다(캐시 입력, 출력 등). 청구서는 SKU 미터입니다.',
      'Наименьшая единица вызова (вход из кэша, выход, …); для счёта — счётчик SKU.',
    ],
    { charges: 'SkuMeter', usage: 'Unit', perEvent: true, perLeaf: true },
  ),
  own(
    'usage_status',
    'ai',
    ['Usage status', '사용량 상태', 'Статус потребления'],
    [
      'How well the usage of the call is known.',
      '호출의 사용량을 얼마나 정확히 아는지 나타냅니다.',
      'Насколько точно известно потребление вызова.',
    ],
    { usage: 'UsageStatus', perEvent: true },
  ),
  own(
    'cost_status',
    'ai',
    ['Cost status', '가격 상태', 'Статус стоимости'],
    [
      'Whether the call could be priced wholly, partly or not at all.',
      '호출의 가격을 전부, 일부 매겼는지 또는 매기지 못했는지 나타냅니다.',
      'Оценён ли вызов целиком, частично или никак.',
    ],
    { usage: 'CostStatus' },
  ),
  own(
    'outcome',
    'ai',
    ['Outcome', '결과', 'Исход'],
    [
      'Whether the call ended in an error: ok or error.',
      '호출이 오류로 끝났는지 나타냅니다(ok 또는 error).',
      'Завершился ли вызов ошибкой: ok или error.',
    ],
    { usage: "if(Errors != 0, 'error', 'ok')", perEvent: true },
  ),
  own(
    'price_version',
    'ai',
    ['Price version', '가격표 버전', 'Версия прайс-листа'],
    [
      'The version of the price book that priced the call.',
      '호출의 가격을 매긴 가격표 버전입니다.',
      'Версия прайс-листа, по которой оценён вызов.',
    ],
    { usage: 'PriceVersion', perEvent: true },
  ),
  own(
    'price_path',
    'ai',
    ['Price match', '가격 일치 방식', 'Способ поиска цены'],
    [
      'How the price was found: exact, by pattern, derived or none.',
      '가격을 찾은 방식입니다(정확 일치, 패턴, 파생, 없음).',
      'Как найдена цена: точно, по шаблону, выведена или не найдена.',
    ],
    { usage: 'PricePath', perEvent: true },
  ),

  own(
    'team',
    'own',
    ['Team', '팀', 'Команда'],
    [
      'The team that caused the cost, from telemetry or the tags of the bill.',
      '비용을 발생시킨 팀으로, 텔레메트리나 청구서 태그에서 가져옵니다.',
      'Команда, вызвавшая затраты: из телеметрии или тегов счёта.',
    ],
    { charges: firstTag(ownerTagKeys.team), usage: 'Team' },
  ),
  own(
    'project',
    'own',
    ['Project', '프로젝트', 'Проект'],
    [
      'The project, from telemetry or the tags of the bill.',
      '프로젝트로, 텔레메트리나 청구서 태그에서 가져옵니다.',
      'Проект: из телеметрии или тегов счёта.',
    ],
    { charges: firstTag(ownerTagKeys.project), usage: 'Project' },
  ),
  own(
    'feature',
    'own',
    ['Feature', '기능', 'Функция'],
    [
      'The feature of the product, from telemetry or the tags of the bill.',
      '제품의 기능으로, 텔레메트리나 청구서 태그에서 가져옵니다.',
      'Функция продукта: из телеметрии или тегов счёта.',
    ],
    { charges: firstTag(ownerTagKeys.feature), usage: 'Feature' },
  ),
  own(
    'experiment',
    'own',
    ['Experiment', '실험', 'Эксперимент'],
    [
      'The experiment, from telemetry or the tags of the bill.',
      '실험으로, 텔레메트리나 청구서 태그에서 가져옵니다.',
      'Эксперимент: из телеметрии или тегов счёта.',
    ],
    { charges: firstTag(ownerTagKeys.experiment), usage: 'Experiment' },
  ),
  own(
    'run',
    'own',
    ['Run', '실행', 'Запуск'],
    [
      'One run of an experiment or a job.',
      '실험이나 작업의 한 번의 실행입니다.',
      'Один запуск эксперимента или задания.',
    ],
    { charges: firstTag(ownerTagKeys.run), usage: 'Run' },
  ),
  own(
    'customer',
    'own',
    ['Customer', '고객', 'Клиент'],
    [
      'The customer served, from telemetry or the tags of the bill.',
      '서비스를 받은 고객으로, 텔레메트리나 청구서 태그에서 가져옵니다.',
      'Обслуженный клиент: из телеметрии или тегов счёта.',
    ],
    { charges: firstTag(ownerTagKeys.customer), usage: 'Customer' },
  ),
  own(
    'environment',
    'own',
    ['Environment', '환경', 'Среда'],
    [
      'Production, staging, development and so on.',
      '운영, 스테이징, 개발 등의 환경입니다.',
      'Промышленная, тестовая, для разработки и так далее.',
    ],
    { charges: firstTag(ownerTagKeys.environment), usage: 'Environment' },
  ),
  own(
    'workload',
    'own',
    ['Workload', '워크로드', 'Рабочая нагрузка'],
    [
      'The program that made the call (service.name).',
      '호출한 프로그램입니다(service.name).',
      'Программа, сделавшая вызов (service.name).',
    ],
    { charges: firstTag(ownerTagKeys.workload), usage: 'Service' },
  ),
]

const usageColumnOfOwner: Record<keyof typeof ownerTagKeys, string> = {
  team: 'Team',
  project: 'Project',
  feature: 'Feature',
  experiment: 'Experiment',
  run: 'Run',
  customer: 'Customer',
  environment: 'Environment',
  workload: 'Service',
}

/**
 * `tag:<key>`, `extra:<column>` or `attr.<name>` as a dimension; null for any other id. The key travels as a parameter: `bind` gives its placeholder.
 * Of calls, a tag whose key is an owner's own name (`tag:team`) is that attribute; any other is looked up in the call's attributes.
 */
export function keyedDimension(id: string, bind: (key: string) => string): Dimension | null {
  const [, prefix, key] = /^(tag:|extra:|attr\.)([\s\S]{1,500})$/.exec(id) ?? []
  const kind = prefix === 'attr.' ? 'attr' : prefix?.slice(0, -1)
  if (kind === undefined || key === undefined) return null
  const text = { en: key, ko: key, ru: key }
  const common = { id, group: 'own', focusColumn: null, name: text, explanation: text } as const
  if (kind === 'extra') return { ...common, charges: `x_Extra[${bind(key)}]`, usage: "''" }
  // An attribute of calls that an organization promoted; bills may carry it as a tag.
  if (kind === 'attr')
    return { ...common, charges: `x_Tags[${bind(key)}]`, usage: `Attributes[${bind(key)}]`, perEvent: true }
  const owner = Object.hasOwn(usageColumnOfOwner, key)
    ? usageColumnOfOwner[key as keyof typeof ownerTagKeys]
    : undefined
  return owner
    ? { ...common, charges: `x_Tags[${bind(key)}]`, usage: owner }
    : { ...common, charges: `x_Tags[${bind(key)}]`, usage: `Attributes[${bind(key)}]`, perEvent: true }
}

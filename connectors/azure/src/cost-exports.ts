import { type Connector, ProviderFailure, tryRight } from '@infrazen/connector-kit'
import { openContainer, type StoredBlob } from './blob-container'
import { listAll, newestManifests, readDeliveries } from './read-deliveries'

/** Exports of Azure Cost Management in a storage account: FOCUS, actual and amortised costs, as their manifests name them. */
export const costExports: Connector = {
  manifest: {
    id: 'azure',
    name: 'Microsoft Azure',
    category: 'cloud',
    summary: {
      en: 'Cost Management exports in Blob Storage: FOCUS, actual or amortised costs by subscription, service and resource',
      ko: 'Blob Storage의 Cost Management 내보내기. FOCUS, 실제·상각 비용을 구독·서비스·리소스별로',
      ru: 'Экспорты Cost Management в Blob Storage: FOCUS, фактические или амортизированные расходы по подпискам, сервисам и ресурсам',
    },
    // The month is exported daily until some days after its end; corrections come as a run of the closed month.
    reads: [{ kind: 'files', grain: 'day', restatementDays: 75, historyDays: null, usualLatenessHours: 36 }],
    currency: null,
    timeZone: 'UTC',
    everyMinutes: 240,
    rateLimit: { perMinute: 600, concurrent: 4 },
    webhooks: null,
    credentials: [
      {
        id: 'account',
        kind: 'text',
        label: { en: 'Storage account', ko: '스토리지 계정', ru: 'Учётная запись хранения' },
        required: true,
        placeholder: 'nordwindbilling',
        pattern: '[a-z0-9]{3,24}',
        patternHelp: {
          en: 'Small letters and digits, 3 to 24.',
          ko: '소문자와 숫자 3~24자예요.',
          ru: 'Строчные буквы и цифры, от 3 до 24.',
        },
      },
      {
        id: 'container',
        kind: 'text',
        label: { en: 'Container', ko: '컨테이너', ru: 'Контейнер' },
        required: true,
        pattern: '[a-z0-9-]{3,63}',
      },
      {
        id: 'prefix',
        kind: 'text',
        label: { en: 'Folder of the export', ko: '내보내기 폴더', ru: 'Папка экспорта' },
        help: {
          en: 'The directory and the name of the export: finops/focus-daily/.',
          ko: '디렉터리와 내보내기 이름이에요: finops/focus-daily/.',
          ru: 'Каталог и имя экспорта: finops/focus-daily/.',
        },
        required: true,
        placeholder: 'finops/focus-daily/',
        pattern: '[^\\s\\\\][^\\\\]{0,900}',
      },
      {
        id: 'sasToken',
        kind: 'secret',
        label: { en: 'SAS token', ko: 'SAS 토큰', ru: 'Токен SAS' },
        help: {
          en: 'For the container, with the rights Read and List. Or give the key below.',
          ko: '컨테이너에 대한 읽기(Read)와 나열(List) 권한이면 돼요. 아니면 아래 키를 적으세요.',
          ru: 'На контейнер, с правами Read и List. Либо укажите ключ ниже.',
        },
        required: false,
        placeholder: 'sv=…&sr=c&sp=rl&sig=…',
        pattern: '\\??[^\\s]*sig=[^\\s]+',
        patternHelp: {
          en: 'The token holds sig=….',
          ko: '토큰에는 sig=…가 들어 있어요.',
          ru: 'В токене есть sig=….',
        },
      },
      {
        id: 'accountKey',
        kind: 'secret',
        label: { en: 'Key of the storage account', ko: '스토리지 계정 키', ru: 'Ключ учётной записи хранения' },
        help: {
          en: 'It may do everything in the account: a SAS token is the smaller right.',
          ko: '계정의 모든 것을 할 수 있는 키예요. SAS 토큰이 더 작은 권한이에요.',
          ru: 'Даёт все права в учётной записи; токен SAS — меньшее право.',
        },
        required: false,
        pattern: '[A-Za-z0-9+/]{20,}={0,2}',
      },
      {
        id: 'endpoint',
        kind: 'url',
        label: { en: 'Address of the Blob service', ko: 'Blob 서비스 주소', ru: 'Адрес службы Blob' },
        help: {
          en: 'Only for a cloud of its own or an emulator. Empty: https://ACCOUNT.blob.core.windows.net.',
          ko: '별도 클라우드나 에뮬레이터일 때만 적으세요. 비워 두면 https://ACCOUNT.blob.core.windows.net이에요.',
          ru: 'Только для отдельного облака или эмулятора. Пусто — https://ACCOUNT.blob.core.windows.net.',
        },
        required: false,
      },
    ],
    rights: [
      {
        id: 'list',
        needed: true,
        title: { en: 'List the container', ko: '컨테이너 목록 보기', ru: 'Просмотр списка контейнера' },
        remedy: {
          en: 'Make the SAS token for the container with the right List, not yet expired, and check account, container and folder.',
          ko: '컨테이너에 대해 List 권한이 있고 만료되지 않은 SAS 토큰을 만들고, 계정·컨테이너·폴더를 확인하세요.',
          ru: 'Создайте токен SAS на контейнер с правом List и неистёкшим сроком; проверьте учётную запись, контейнер и папку.',
        },
      },
      {
        id: 'read',
        needed: true,
        title: { en: 'Read the files', ko: '파일 읽기', ru: 'Чтение файлов' },
        remedy: {
          en: 'Give the SAS token the right Read.',
          ko: 'SAS 토큰에 Read 권한을 주세요.',
          ru: 'Добавьте токену SAS право Read.',
        },
      },
    ],
    setUp: [
      {
        title: { en: 'Make an export', ko: '내보내기 만들기', ru: 'Создайте экспорт' },
        text: {
          en: 'In Cost Management › Exports choose “Cost and usage details (FOCUS)”, daily, with file partitioning and “Overwrite data”, into a storage account.',
          ko: 'Cost Management › Exports에서 “Cost and usage details (FOCUS)”, 매일, 파일 분할과 “Overwrite data”를 고르고 스토리지 계정으로 내보내세요.',
          ru: 'В Cost Management › Exports выберите «Cost and usage details (FOCUS)», ежедневно, с разбиением файлов и «Overwrite data», в учётную запись хранения.',
        },
        link: 'https://portal.azure.com/#view/Microsoft_Azure_CostManagement/Menu/~/exports',
      },
      {
        title: { en: 'Make a SAS token', ko: 'SAS 토큰 만들기', ru: 'Создайте токен SAS' },
        text: {
          en: 'For the container alone, to read and list, with an end that you write into your calendar.',
          ko: '컨테이너 하나에 대해 읽기와 나열만 주고, 만료일을 달력에 적어 두세요.',
          ru: 'Только на контейнер, на чтение и просмотр списка; срок окончания запишите в календарь.',
        },
        copy: 'az storage container generate-sas --account-name ACCOUNT --name CONTAINER \\\n  --permissions rl --https-only --expiry 2027-12-31 --output tsv',
      },
    ],
    sources: [
      'https://learn.microsoft.com/en-us/azure/cost-management-billing/costs/tutorial-improved-exports',
      'https://learn.microsoft.com/en-us/rest/api/storageservices/list-blobs',
      'https://learn.microsoft.com/en-us/rest/api/storageservices/get-blob',
      'https://learn.microsoft.com/en-us/rest/api/storageservices/authorize-with-shared-key',
    ],
  },
  async test(context) {
    const container = openContainer(context)
    let manifest: StoredBlob | undefined
    const list = await tryRight('list', async () => {
      manifest = [...newestManifests((await listAll(context, container)).values()).values()].at(-1)
    })
    const found = manifest as StoredBlob | undefined
    const read = found
      ? await tryRight('read', () => container.text(found))
      : list.state === 'works'
        ? {
            right: 'read',
            state: 'unknown' as const,
            code: 'no_manifest',
            message: 'Below the prefix is no manifest of an export yet, so reading could not be tried.',
          }
        : { ...list, right: 'read' }
    const { account: name = '', container: place, prefix } = context.credentials
    return { account: { id: `${name}/${place}/${prefix}`, name }, checks: [list, read] }
  },
  async *read(request, context) {
    if (request.kind !== 'files') throw new ProviderFailure('rejected', `An export holds files, no ${request.kind}.`)
    yield* readDeliveries(request, context)
  },
}

import type { Manifest } from '@infrazen/connector-kit'

export const manifest: Manifest = {
  id: 'openai',
  name: 'OpenAI',
  category: 'ai',
  summary: {
    en: 'Costs by project and line item, and usage of every kind by model, key and user',
    ko: '프로젝트·항목별 비용과 모델·키·사용자별 모든 종류의 사용량',
    ru: 'Расходы по проектам и статьям и потребление всех видов по моделям, ключам и пользователям',
  },
  reads: [
    { kind: 'charges', grain: 'day', restatementDays: 5, historyDays: null, usualLatenessHours: 24 },
    { kind: 'usage', grain: 'hour', restatementDays: 3, historyDays: null, usualLatenessHours: 1 },
  ],
  currency: null,
  timeZone: 'UTC',
  everyMinutes: 60,
  rateLimit: { perMinute: 120, concurrent: 2 },
  webhooks: null,
  credentials: [
    {
      id: 'adminKey',
      kind: 'secret',
      label: { en: 'Admin API key', ko: '관리자 API 키', ru: 'Ключ администратора (Admin API key)' },
      help: {
        en: 'Begins with sk-admin-. A project key cannot read costs.',
        ko: 'sk-admin-으로 시작해요. 프로젝트 키로는 비용을 읽을 수 없어요.',
        ru: 'Начинается с sk-admin-. Ключ проекта не даёт читать расходы.',
      },
      required: true,
      placeholder: 'sk-admin-…',
      pattern: 'sk-[\\w-]{8,400}',
      patternHelp: {
        en: 'The key begins with sk-admin- and has no spaces.',
        ko: '키는 sk-admin-으로 시작하고 공백이 없어요.',
        ru: 'Ключ начинается с sk-admin- и не содержит пробелов.',
      },
    },
    {
      id: 'organization',
      kind: 'text',
      label: { en: 'Organization id', ko: '조직 ID', ru: 'Идентификатор организации' },
      help: {
        en: 'Stands in Settings › Organization › General. It becomes the billing account in every answer.',
        ko: 'Settings › Organization › General에서 볼 수 있어요. 모든 답에서 청구 계정이 돼요.',
        ru: 'Указан в Settings › Organization › General. Станет платёжным аккаунтом во всех ответах.',
      },
      required: true,
      placeholder: 'org-…',
      pattern: '[\\w.-]{2,100}',
    },
    {
      id: 'baseUrl',
      kind: 'url',
      label: { en: 'API address', ko: 'API 주소', ru: 'Адрес API' },
      help: {
        en: 'Change it only for a region of its own, such as https://eu.api.openai.com.',
        ko: 'https://eu.api.openai.com 같은 별도 리전일 때만 바꾸세요.',
        ru: 'Меняйте только для отдельного региона, например https://eu.api.openai.com.',
      },
      required: true,
      initial: 'https://api.openai.com',
    },
  ],
  rights: [
    {
      id: 'costs',
      needed: true,
      title: { en: 'Read costs', ko: '비용 읽기', ru: 'Чтение расходов' },
      remedy: {
        en: 'Make the key under Settings › Organization › Admin keys as an owner, with the scope api.usage.read or all permissions.',
        ko: '소유자로 Settings › Organization › Admin keys에서 api.usage.read 범위나 모든 권한으로 키를 만드세요.',
        ru: 'Создайте ключ от имени владельца: Settings › Organization › Admin keys, с областью api.usage.read или со всеми правами.',
      },
    },
    {
      id: 'usage',
      needed: true,
      title: { en: 'Read usage', ko: '사용량 읽기', ru: 'Чтение потребления' },
      remedy: {
        en: 'Give the admin key the scope api.usage.read.',
        ko: '관리자 키에 api.usage.read 범위를 주세요.',
        ru: 'Дайте ключу администратора область api.usage.read.',
      },
    },
    {
      id: 'directory',
      needed: false,
      title: {
        en: 'Read projects, users and keys',
        ko: '프로젝트·사용자·키 읽기',
        ru: 'Чтение проектов, пользователей и ключей',
      },
      remedy: {
        en: 'Without the scope api.management.read ids stand where names would be; no money is missing.',
        ko: 'api.management.read 범위가 없으면 이름 대신 ID가 보여요. 금액은 빠지지 않아요.',
        ru: 'Без области api.management.read вместо имён будут идентификаторы; суммы от этого не меняются.',
      },
    },
  ],
  setUp: [
    {
      title: { en: 'Make an admin key', ko: '관리자 키 만들기', ru: 'Создайте ключ администратора' },
      text: {
        en: 'As an owner of the organization open Admin keys, choose “Create new admin key”, name it InfraZen and restrict it to reading.',
        ko: '조직 소유자로 Admin keys를 열고 “Create new admin key”를 눌러 이름을 InfraZen으로, 권한을 읽기로 제한하세요.',
        ru: 'Как владелец организации откройте Admin keys, нажмите «Create new admin key», назовите его InfraZen и ограничьте чтением.',
      },
      copy: 'api.usage.read\napi.management.read',
      link: 'https://platform.openai.com/settings/organization/admin-keys',
    },
    {
      title: { en: 'Try the key', ko: '키 시험하기', ru: 'Проверьте ключ' },
      text: {
        en: 'This asks for the costs of one day, as InfraZen will.',
        ko: 'InfraZen과 같은 방식으로 하루치 비용을 물어봐요.',
        ru: 'Команда запросит расходы за один день — так же, как это делает InfraZen.',
      },
      copy: 'curl -s "https://api.openai.com/v1/organization/costs?start_time=$(( $(date +%s) / 86400 * 86400 - 86400 ))&limit=1" \\\n  -H "Authorization: Bearer $OPENAI_ADMIN_KEY"',
    },
  ],
  sources: [
    'https://github.com/openai/openai-openapi',
    'https://platform.openai.com/docs/api-reference/usage',
    'https://cookbook.openai.com/examples/completions_usage_api',
  ],
}

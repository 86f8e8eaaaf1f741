import type { Manifest } from '@infrazen/connector-kit'

export const manifest: Manifest = {
  id: 'anthropic',
  name: 'Anthropic',
  category: 'ai',
  summary: {
    en: 'Costs and tokens by workspace, model and key, and Claude Code activity',
    ko: '워크스페이스·모델·키별 비용과 토큰, Claude Code 활동',
    ru: 'Расходы и токены по рабочим областям, моделям и ключам, активность Claude Code',
  },
  reads: [
    // The analytics reports may be revised for 30 days.
    { kind: 'charges', grain: 'day', restatementDays: 30, historyDays: 365, usualLatenessHours: 24 },
    { kind: 'usage', grain: 'hour', restatementDays: 30, historyDays: 365, usualLatenessHours: 6 },
  ],
  currency: 'USD',
  timeZone: 'UTC',
  everyMinutes: 60,
  // One question a minute may be kept up; bursts for paging are welcome (vendor guide).
  rateLimit: { perMinute: 60, concurrent: 2 },
  webhooks: null,
  credentials: [
    {
      id: 'adminKey',
      kind: 'secret',
      label: { en: 'Admin API key', ko: '관리자 API 키', ru: 'Ключ администратора (Admin API key)' },
      help: {
        en: 'Begins with sk-ant-admin. A workspace key cannot read costs.',
        ko: 'sk-ant-admin으로 시작해요. 워크스페이스 키로는 비용을 읽을 수 없어요.',
        ru: 'Начинается с sk-ant-admin. Ключ рабочей области не даёт читать расходы.',
      },
      required: true,
      placeholder: 'sk-ant-admin01-…',
      pattern: 'sk-ant-[\\w-]{8,400}',
      patternHelp: {
        en: 'The key begins with sk-ant-admin and has no spaces.',
        ko: '키는 sk-ant-admin으로 시작하고 공백이 없어요.',
        ru: 'Ключ начинается с sk-ant-admin и не содержит пробелов.',
      },
    },
    {
      id: 'reports',
      kind: 'choice',
      label: { en: 'Reports', ko: '보고서', ru: 'Отчёты' },
      help: {
        en: 'Analytics tells cost by key and list price, for Console and Enterprise. Choose the older reports where it is not open to you.',
        ko: '분석 보고서는 키별 비용과 정가를 알려 주고 Console과 Enterprise에서 쓸 수 있어요. 열려 있지 않다면 이전 보고서를 고르세요.',
        ru: 'Аналитика показывает расходы по ключам и цены по прейскуранту, для Console и Enterprise. Если она вам недоступна, выберите прежние отчёты.',
      },
      required: true,
      initial: 'analytics',
      choices: [
        { value: 'analytics', label: { en: 'Analytics (2026)', ko: '분석 (2026)', ru: 'Аналитика (2026)' } },
        {
          value: 'legacy',
          label: { en: 'Usage and cost reports', ko: '사용량·비용 보고서', ru: 'Отчёты о потреблении и расходах' },
        },
      ],
    },
    {
      id: 'baseUrl',
      kind: 'url',
      label: { en: 'API address', ko: 'API 주소', ru: 'Адрес API' },
      required: true,
      initial: 'https://api.anthropic.com',
    },
  ],
  rights: [
    {
      id: 'organization',
      needed: true,
      title: { en: 'Know the organization', ko: '조직 확인', ru: 'Определение организации' },
      remedy: {
        en: 'Make the key in the Claude Console under Settings › Admin keys. Individual accounts have none: set up an organization first.',
        ko: 'Claude Console의 Settings › Admin keys에서 키를 만드세요. 개인 계정에는 없으니 먼저 조직을 만드세요.',
        ru: 'Создайте ключ в Claude Console: Settings › Admin keys. У личных учётных записей его нет: сначала создайте организацию.',
      },
    },
    {
      id: 'cost',
      needed: true,
      title: { en: 'Read costs', ko: '비용 읽기', ru: 'Чтение расходов' },
      remedy: {
        en: 'Use an admin key, or a key with the scope read:analytics. If the analytics reports are not open to your organization, choose the older reports.',
        ko: '관리자 키나 read:analytics 범위의 키를 쓰세요. 조직에 분석 보고서가 열려 있지 않다면 이전 보고서를 고르세요.',
        ru: 'Используйте ключ администратора или ключ с областью read:analytics. Если аналитика не открыта для вашей организации, выберите прежние отчёты.',
      },
    },
    {
      id: 'usage',
      needed: true,
      title: { en: 'Read usage', ko: '사용량 읽기', ru: 'Чтение потребления' },
      remedy: {
        en: 'Use an admin key, or a key with the scope read:analytics.',
        ko: '관리자 키나 read:analytics 범위의 키를 쓰세요.',
        ru: 'Используйте ключ администратора или ключ с областью read:analytics.',
      },
    },
    {
      id: 'directory',
      needed: false,
      title: {
        en: 'Read workspaces, keys and users',
        ko: '워크스페이스·키·사용자 읽기',
        ru: 'Чтение рабочих областей, ключей и пользователей',
      },
      remedy: {
        en: 'Needs an admin key. Without it ids stand where names would be; no money is missing.',
        ko: '관리자 키가 필요해요. 없으면 이름 대신 ID가 보이고 금액은 빠지지 않아요.',
        ru: 'Нужен ключ администратора. Без него вместо имён будут идентификаторы; суммы от этого не меняются.',
      },
    },
  ],
  setUp: [
    {
      title: { en: 'Make an admin key', ko: '관리자 키 만들기', ru: 'Создайте ключ администратора' },
      text: {
        en: 'As an admin of the organization open Settings › Admin keys in the Claude Console, choose “Create Admin Key” and name it InfraZen.',
        ko: '조직 관리자로 Claude Console의 Settings › Admin keys를 열고 “Create Admin Key”를 눌러 이름을 InfraZen으로 하세요.',
        ru: 'Как администратор организации откройте в Claude Console Settings › Admin keys, нажмите «Create Admin Key» и назовите ключ InfraZen.',
      },
      link: 'https://platform.claude.com/settings/admin-keys',
    },
    {
      title: { en: 'Try the key', ko: '키 시험하기', ru: 'Проверьте ключ' },
      text: {
        en: 'This names the organization that the key belongs to.',
        ko: '키가 속한 조직의 이름을 알려 줘요.',
        ru: 'Команда назовёт организацию, которой принадлежит ключ.',
      },
      copy: 'curl -s https://api.anthropic.com/v1/organizations/me \\\n  -H "x-api-key: $ANTHROPIC_ADMIN_KEY" -H "anthropic-version: 2023-06-01"',
    },
  ],
  sources: [
    'https://platform.claude.com/docs/en/manage-claude/usage-cost-api',
    'https://platform.claude.com/docs/en/manage-claude/usage-cost-analytics-api',
    'https://platform.claude.com/docs/en/manage-claude/claude-code-analytics-api',
    'https://www.npmjs.com/package/@anthropic-ai/sdk',
  ],
}

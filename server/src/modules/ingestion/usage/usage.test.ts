import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { type App, createApp } from '../../../app'
import { readSettings } from '../../../config'

// A whole server on a busy machine.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 240_000 })

const folder = mkdtempSync(join(tmpdir(), 'infrazen-usage-'))
const headers = { authorization: 'Bearer izk_test_usage' }
let app: App
beforeAll(async () => {
  app = await createApp(
    readSettings({
      INFRAZEN_DATA_DIR: folder,
      INFRAZEN_LOG_LEVEL: 'silent',
      INFRAZEN_BOOTSTRAP_EMAIL: 'mina@nordwind.example',
      INFRAZEN_BOOTSTRAP_PASSWORD: 'correct horse battery',
      INFRAZEN_BOOTSTRAP_API_KEY: 'izk_test_usage',
    }),
  )
})
afterAll(async () => {
  await app?.close()
  rmSync(folder, { recursive: true, force: true })
})

type Method = 'GET' | 'PUT' | 'POST'
async function call(method: Method, url: string, payload?: object | string, type = 'application/json') {
  const response = await app.http.inject({
    method,
    url,
    headers: payload === undefined ? headers : { ...headers, 'content-type': type },
    payload: payload as object,
  })
  return { status: response.statusCode, body: response.json() as Record<string, never> & { [name: string]: unknown } }
}
const rows = <T = Record<string, unknown>>(where: string) =>
  app.clickhouse.query<T>({
    name: 'test',
    sql: `SELECT *, lower(hex(TraceId)) AS Trace FROM (SELECT * EXCEPT TraceId, TraceId FROM usage_events_v1 ORDER BY Version DESC, RecordedAt DESC, Sign DESC LIMIT 1 BY StartedAt, EventId) WHERE Sign = 1 AND (${where}) ORDER BY StartedAt, EventId`,
  })
const at = (seconds: number) => new Date(Date.now() - 3_600_000 + seconds * 1000).toISOString()

const base = { provider: 'openai', requestModel: 'gpt-4o', model: 'gpt-4o-2024-08-06' }
const usage = {
  prompt_tokens: 100,
  completion_tokens: 20,
  total_tokens: 120,
  prompt_tokens_details: { cached_tokens: 40 },
}

describe('POST /api/v1/usage', () => {
  test('a call is on disk when it is answered, and the same call again changes nothing', async () => {
    const one = {
      ...base,
      id: 'aaaa000011112222',
      logicalCallId: 'f'.repeat(32),
      attempt: 1,
      operation: 'chat',
      startedAt: at(0),
      durationMs: 900,
      usage,
      serviceTier: 'default',
      responseId: 'chatcmpl-once',
      outcome: 'ok',
      error: '',
      seen: {
        input: { latin: 400, cyrillic: 0, hangul: 0, other: 0 },
        output: { latin: 80, cyrillic: 0, hangul: 0, other: 0 },
      },
      attribution: { team: 'once', user: 'mina@example.com', ticket: 'T-1' },
    }
    expect((await call('POST', '/api/v1/usage', { calls: [one] })).body).toEqual({
      accepted: 1,
      known: 0,
      skipped: 0,
      problems: [],
    })
    expect(
      (await call('POST', '/api/v1/usage', `${JSON.stringify(one)}\n${JSON.stringify(one)}\n`, 'application/x-ndjson'))
        .body,
    ).toMatchObject({ accepted: 2, known: 2 })
    const [row] = await rows("Team = 'once'")
    expect(row).toMatchObject({
      Units: ['input.text.plain', 'input.text.cache_read', 'output.text.visible'],
      Quantities: ['60', '40', '20'],
      CostStatus: 'priced',
      Source: 'sdk',
      CallId: 'f'.repeat(32),
      Dialect: 'openai.chat',
      RawShape:
        '{"prompt_tokens":$i,"completion_tokens":$o,"total_tokens":$t,"prompt_tokens_details":{"cached_tokens":$1}}',
      RawCounts: [],
      Attributes: { 'user.id': 'mina@example.com', ticket: 'T-1', 'infrazen.attempt': '1' },
    })
  })

  test('calls that cannot be taken are named and do not hold up the others', async () => {
    const { status, body } = await call('POST', '/api/v1/usage', {
      calls: [
        { ...base, startedAt: at(10), usage, attribution: { team: 'mixed' } },
        { ...base, startedAt: 'yesterday', usage },
        { ...base, startedAt: '2001-01-01T00:00:00Z', usage },
        7,
        { ...base, startedAt: at(11), usage: { prompt_tokens: -5, completion_tokens: 1 } },
      ],
    })
    expect(status).toBe(200)
    expect(body).toMatchObject({
      accepted: 1,
      problems: [
        { index: 1, code: 'invalid_call' },
        { index: 2, code: 'impossible_call' },
        { index: 3, code: 'malformed_call' },
        { index: 4, code: 'impossible_call' },
      ],
    })
    expect(await call('POST', '/api/v1/usage', '{"calls": [')).toMatchObject({
      status: 400,
      body: { code: 'malformed_body' },
    })
    const findings = await call('GET', '/api/v1/telemetry/findings')
    expect(findings.body.refused).toContainEqual(
      expect.objectContaining({ source: 'usage calls', count: '1', reason: expect.stringContaining('5 years') }),
    )
  })

  test('an aborted call is estimated from the size of its text and flagged, a refusal costs nothing, neither is a silent zero', async () => {
    const seen = {
      input: { latin: 4000, cyrillic: 250, hangul: 0, other: 0 },
      output: { latin: 400, cyrillic: 0, hangul: 0, other: 0 },
    }
    await call('POST', '/api/v1/usage', {
      calls: [
        {
          ...base,
          startedAt: at(20),
          usage: null,
          outcome: 'aborted',
          error: 'AbortError',
          seen,
          attribution: { team: 'aborted' },
        },
        {
          ...base,
          startedAt: at(21),
          usage: null,
          outcome: 'error',
          error: '429',
          seen,
          attribution: { team: 'refused' },
        },
        {
          ...base,
          startedAt: at(22),
          usage: null,
          outcome: 'error',
          error: 'ECONNRESET',
          attribution: { team: 'lost' },
        },
      ],
    })
    expect(await rows("Team = 'aborted'")).toMatchObject([
      {
        Quantities: ['1100', '100'],
        UsageStatus: 'estimated',
        CostStatus: 'priced',
        IsError: 1,
        Attributes: { 'infrazen.findings': expect.stringContaining('usage_estimated') },
      },
    ])
    expect(await rows("Team = 'refused'")).toMatchObject([{ Quantities: [], CostStatus: 'not_billable' }])
    expect(await rows("Team = 'lost'")).toMatchObject([
      { Quantities: [], UsageStatus: 'missing', Cost: null, CostStatus: 'unpriced' },
    ])
  })

  test('leaf units stand for what is no model call', async () => {
    await call('POST', '/api/v1/usage', {
      calls: [
        {
          provider: 'self_hosted',
          operation: 'gpu',
          startedAt: at(30),
          leaves: [{ unit: 'second.gpu', quantity: 900 }],
          attribution: { team: 'gpu' },
        },
      ],
    })
    expect(await rows("Team = 'gpu'")).toMatchObject([
      { Units: ['second.gpu'], Quantities: ['900'], CostStatus: 'unpriced' },
    ])
  })

  const exports: [string, object, Record<string, unknown>][] = [
    [
      'bedrock.invocation_log',
      {
        schemaType: 'ModelInvocationLog',
        schemaVersion: '1.0',
        timestamp: at(40),
        accountId: '111122223333',
        region: 'us-east-1',
        requestId: 'req-bedrock-1',
        operation: 'Converse',
        modelId: 'anthropic.claude-3-haiku-20240307-v1:0',
        identity: { arn: 'arn:aws:iam::111122223333:role/app' },
        requestMetadata: { team: 'export-1' },
        input: {
          inputContentType: 'application/json',
          inputBodyJson: { messages: 'never stored' },
          inputTokenCount: 12,
        },
        output: { outputBodyJson: 'never stored', outputTokenCount: 8 },
      },
      {
        Provider: 'aws.bedrock',
        Quantities: ['12', '8'],
        Source: 'provider',
        AccountId: '111122223333',
        Region: 'us-east-1',
      },
    ],
    [
      'litellm.spend_log',
      {
        request_id: 'chatcmpl-litellm-1',
        call_type: 'acompletion',
        startTime: at(41).replace('T', ' ').replace('Z', ''),
        endTime: at(43),
        model: 'gpt-4o',
        custom_llm_provider: 'openai',
        prompt_tokens: 30,
        completion_tokens: 5,
        total_tokens: 35,
        spend: 0.1,
        messages: 'never stored',
        response: 'never stored',
        metadata: { user_api_key_team_alias: 'export-2' },
      },
      { Provider: 'openai', Quantities: ['30', '5'], Source: 'gateway', DurationMs: 2000 },
    ],
    [
      'openrouter.generation',
      {
        data: {
          id: 'gen-1',
          created_at: at(44),
          model: 'openai/gpt-4o',
          provider_name: 'OpenAI',
          native_tokens_prompt: 50,
          native_tokens_completion: 20,
          native_tokens_reasoning: 5,
          native_tokens_cached: 10,
          total_cost: 0.0015,
          latency: 700,
          app_name: 'export-3',
        },
      },
      { Provider: 'openrouter', Quantities: ['40', '10', '15', '5'], Service: 'export-3' },
    ],
    [
      'langfuse.observation',
      {
        id: 'obs-1',
        traceId: 'd'.repeat(32),
        type: 'GENERATION',
        startTime: at(45),
        endTime: at(46),
        model: 'gpt-4o',
        environment: 'export-4',
        input: 'never stored',
        output: 'never stored',
        usageDetails: { input: 10, output: 4, total: 14 },
      },
      { Quantities: ['10', '4'], Environment: 'export-4', Trace: 'd'.repeat(32) },
    ],
    [
      'langsmith.run',
      {
        id: 'run-1',
        trace_id: '0198c0de-0000-7000-8000-0000000000aa',
        run_type: 'llm',
        start_time: at(47),
        end_time: at(48),
        session_name: 'export-5',
        inputs: { messages: 'never stored' },
        outputs: 'never stored',
        extra: { metadata: { ls_provider: 'anthropic', ls_model_name: 'claude-3-haiku-20240307' } },
        usage_metadata: {
          input_tokens: 100,
          output_tokens: 7,
          total_tokens: 107,
          input_token_details: { cache_read: 60 },
        },
      },
      { Provider: 'anthropic', Quantities: ['40', '60', '7'], Project: 'export-5' },
    ],
  ]
  test.each(exports)('an export of %s becomes calls, without its text', async (format, line, expected) => {
    const { body } = await call(
      'POST',
      `/api/v1/usage?format=${format}`,
      `${JSON.stringify(line)}\n`,
      'application/x-ndjson',
    )
    expect(body).toMatchObject({ accepted: 1, problems: [] })
    const i = exports.findIndex(([name]) => name === format) + 1
    const [row] = await rows(
      `Team = 'export-${i}' OR Service = 'export-${i}' OR Environment = 'export-${i}' OR Project = 'export-${i}'`,
    )
    expect(row).toMatchObject(expected)
    expect(JSON.stringify(row)).not.toContain('never stored')
  })

  test('SDK, gateway span and provider log of one call are one call', async () => {
    const response = { responseId: 'resp_shared_1', usage }
    await call('POST', '/api/v1/usage', {
      calls: [{ ...base, ...response, id: 's1', startedAt: at(60), attribution: { team: 'shared' } }],
    })
    await call('POST', '/api/v1/usage', {
      calls: [
        { ...base, ...response, id: 'g1', observer: 'gateway', startedAt: at(61), attribution: { customer: 'acme' } },
      ],
    })
    await call('POST', '/api/v1/usage', {
      calls: [{ ...base, ...response, id: 'p1', observer: 'provider', startedAt: at(62) }],
    })
    expect(await rows("Team = 'shared'")).toMatchObject([
      { Customer: 'acme', Source: 'provider', Attributes: { 'infrazen.observations': '3' } },
    ])
    const question = {
      metrics: ['calls'],
      dimensions: ['team'],
      period: { from: at(-3600), to: at(7200) },
      filters: [{ dimension: 'team', in: ['shared'] }],
    }
    const answer = await call('POST', '/api/v1/query', question)
    expect(answer.body.rows).toEqual([['shared', '1']])
    const [row] = await rows<{ EventId: string; StartedAt: string }>("Team = 'shared'")
    const detail = await call('GET', `/api/v1/usage/${row!.EventId}?at=${encodeURIComponent(row!.StartedAt)}`)
    expect(detail).toMatchObject({
      status: 200,
      body: {
        counts: true,
        observations: [
          { observer: 'provider', raw: JSON.stringify(usage) },
          { observer: 'gateway' },
          { observer: 'sdk' },
        ],
      },
    })
    expect((await call('GET', `/api/v1/usage/1?at=${at(0)}`)).status).toBe(404)
  })
})

describe('attribution', () => {
  const read = async () => (await call('GET', '/api/v1/attribution-mapping')).body
  const report = (team: string, attribution: object, second: number) =>
    call('POST', '/api/v1/usage', {
      calls: [{ ...base, startedAt: at(second), usage, attribution: { 'infrazen.project': team, ...attribution } }],
    })

  test('without a change the common spellings hold', async () => {
    expect(await read()).toMatchObject({
      version: null,
      personalIdentifiers: 'keep',
      promoted: [],
      mapping: { team: { isDefault: true, attributes: expect.arrayContaining(['infrazen.team', 'team']) } },
    })
  })

  test('a changed mapping holds for what comes afterwards; its history is kept and undone', async () => {
    const changed = await call('PUT', '/api/v1/attribution-mapping', {
      mapping: { team: ['cost.owner', 'infrazen.team'] },
      promoted: ['tier.name'],
    })
    expect(changed).toMatchObject({
      status: 200,
      body: { mapping: { team: { attributes: ['cost.owner', 'infrazen.team'], isDefault: false } } },
    })
    await report('mapped', { 'cost.owner': 'finops', team: 'other', 'tier.name': 'gold' }, 100)
    expect(await rows("Project = 'mapped'")).toMatchObject([{ Team: 'finops', Attributes: { 'tier.name': 'gold' } }])
    const answer = await call('POST', '/api/v1/query', {
      metrics: ['calls'],
      dimensions: ['attr.tier.name'],
      period: { from: at(-3600), to: at(7200) },
      filters: [{ dimension: 'project', in: ['mapped'] }],
    })
    expect(answer.body.rows).toEqual([['gold', '1']])

    const version = changed.body.version as unknown as string
    expect(await call('PUT', '/api/v1/attribution-mapping', { version: null, promoted: [] })).toMatchObject({
      status: 409,
      body: { code: 'attribution_changed' },
    })
    expect(await call('POST', '/api/v1/attribution-mapping/undo', { version })).toMatchObject({
      status: 200,
      body: { mapping: { team: { isDefault: true } }, promoted: [] },
    })
    expect(await call('POST', '/api/v1/attribution-mapping/undo', { version })).toMatchObject({
      status: 409,
      body: { code: 'nothing_to_undo' },
    })
    const history = (await call('GET', '/api/v1/attribution-mapping/history')).body.versions as unknown as object[]
    expect(history).toMatchObject([{ undoes: version }, { version, settings: { promoted: ['tier.name'] } }])
    await report('unmapped', { 'cost.owner': 'finops', team: 'other' }, 101)
    expect(await rows("Project = 'unmapped'")).toMatchObject([{ Team: 'other' }])
  })

  test('attributes that carry text, spaces or come twice are refused', async () => {
    for (const team of [['gen_ai.prompt.0.content'], ['a b'], ['a', 'a'], []])
      expect((await call('PUT', '/api/v1/attribution-mapping', { mapping: { team } })).status).toBe(400)
  })

  test('personal identifiers are hashed or left out where the organization says so', async () => {
    await call('PUT', '/api/v1/attribution-mapping', {
      personalIdentifiers: 'hash',
      mapping: { customer: ['enduser.id'] },
    })
    await report('hashed', { user: 'mina@example.com', 'enduser.id': 'u-1', feature: 'max@example.com' }, 110)
    await report('hashed', { user: 'mina@example.com', 'enduser.id': 'u-1', feature: 'max@example.com' }, 111)
    const hashed = await rows<Record<string, Record<string, string>>>("Project = 'hashed'")
    expect(JSON.stringify(hashed)).not.toMatch(/example\.com|u-1/)
    expect(hashed[0]).toMatchObject({
      Customer: expect.stringMatching(/^hash:[0-9a-f]{24}$/),
      Attributes: { 'user.id': expect.stringMatching(/^hash:/) },
    })
    expect(hashed[0]!.Attributes!['user.id']).toBe(hashed[1]!.Attributes!['user.id'])
    await call('PUT', '/api/v1/attribution-mapping', { personalIdentifiers: 'drop', mapping: { customer: null } })
    await report('dropped', { user: 'mina@example.com' }, 112)
    expect(JSON.stringify(await rows("Project = 'dropped'"))).not.toContain('mina')
    await call('PUT', '/api/v1/attribution-mapping', { personalIdentifiers: 'keep' })
  })

  test('a value too long to be a name is cut, and the finding names the source and the dimension', async () => {
    await report('cut', { team: 'x'.repeat(300), service: 'long-winded' }, 120)
    expect(await rows("Project = 'cut'")).toMatchObject([{ Team: 'x'.repeat(256) }])
    const { body } = await call('GET', '/api/v1/telemetry/findings')
    expect(body.findings).toContainEqual(
      expect.objectContaining({ service: 'long-winded', code: 'value_cut', subject: 'team', events: '1' }),
    )
  })
})

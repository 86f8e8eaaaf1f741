#!/usr/bin/env node
/**
 * Makes src/catalogue/*.ts from copies of public price catalogues.
 *
 *   node tools/refresh-catalogue.mjs --genai-prices <file.json[.gz]> --genai-prices-date 2026-08-21 \
 *        --litellm <file.json[.gz]> --litellm-date 2026-07-24 \
 *        --langfuse <file.json[.gz]> --langfuse-date 2026-08-20 [--write]
 *
 * Without --write it only prints what would change and where the sources disagree; with --write it also writes
 * the files. Numbers are never read as binary floats: their JSON text is kept and moved by powers of ten.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'

const here = dirname(fileURLToPath(import.meta.url))
const target = join(here, '../src/catalogue')

const args = {}
for (let i = 2; i < process.argv.length; i++) {
  const name = process.argv[i].replace(/^--/, '')
  if (name === 'write') args.write = true
  else args[name] = process.argv[++i]
}
for (const name of ['genai-prices', 'genai-prices-date', 'litellm', 'litellm-date', 'langfuse', 'langfuse-date']) {
  if (!args[name]) {
    console.error(`missing --${name}`)
    process.exit(2)
  }
}

/** JSON with every number kept as its text. */
function readJson(path) {
  let bytes = readFileSync(path)
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) bytes = gunzipSync(bytes)
  const quoted = bytes
    .toString('utf8')
    .replace(/"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g, (token) =>
      token.startsWith('"') ? token : `"${token}"`,
    )
  return JSON.parse(quoted)
}

/** `text × 10^shift` as a plain decimal, exactly. */
function shift(text, by) {
  const match = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text)
  if (!match) throw new RangeError(`not a number: ${text}`)
  const [, sign, whole, fraction = '', exponent = '0'] = match
  let digits = whole + fraction
  let scale = fraction.length - Number(exponent) - by
  if (scale < 0) {
    digits += '0'.repeat(-scale)
    scale = 0
  }
  digits = digits.padStart(scale + 1, '0')
  const left = digits.slice(0, digits.length - scale).replace(/^0+(?=\d)/, '')
  const right = digits.slice(digits.length - scale).replace(/0+$/, '')
  return `${sign}${left}${right ? `.${right}` : ''}`
}
/** `a × b` of two plain decimals, exactly. */
function times(a, b) {
  const [x, y] = [a, b].map((text) => {
    const [whole, fraction = ''] = shift(text, 0).split('.')
    return { units: BigInt(whole + fraction), scale: fraction.length }
  })
  return shift((x.units * y.units).toString(), -(x.scale + y.scale))
}
const timesAll = (rates, factor) =>
  Object.fromEntries(
    Object.entries(rates).map(([unit, rate]) => [unit, unit.startsWith('call.') ? rate : times(rate, factor)]),
  )
const isZero = (text) => /^-?0*(\.0*)?(e.*)?$/i.test(text)

// ---------------------------------------------------------------------------------------------- genai-prices

/** Their provider id → OpenTelemetry `gen_ai.provider.name` values (or their own id where there is none). */
const genaiProviders = {
  google: ['gcp.gemini', 'gcp.vertex_ai', 'gcp.gen_ai'],
  aws: ['aws.bedrock'],
  azure: ['azure.ai.openai', 'azure.ai.inference'],
  mistral: ['mistral_ai'],
  moonshotai: ['moonshot_ai'],
  'x-ai': ['x_ai'],
  together: ['together_ai'],
  fireworks: ['fireworks_ai'],
}
/** Left out: amounts there are converted from another currency at a rate of the list's own choosing. */
const genaiLeftOut = new Set(['zhipuai'])

const genaiUnits = {
  input_mtok: ['input.text.plain', 0],
  cache_read_mtok: ['input.text.cache_read', 0],
  cache_write_1h_mtok: ['input.text.cache_write_1h', 0],
  output_mtok: ['output.text.visible', 0],
  output_reasoning_mtok: ['output.text.reasoning', 0],
  output_citation_mtok: ['output.text.citation', 0],
  input_audio_mtok: ['input.audio.plain', 0],
  cache_audio_read_mtok: ['input.audio.cache_read', 0],
  output_audio_mtok: ['output.audio', 0],
  input_image_mtok: ['input.image.plain', 0],
  cache_image_read_mtok: ['input.image.cache_read', 0],
  output_image_mtok: ['output.image', 0],
  input_video_mtok: ['input.video.plain', 0],
  output_video_mtok: ['output.video', 0],
  web_searches_kcount: ['call.web_search', 3],
  requests_kcount: ['call.request', 3],
}

const literal = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
/** What may follow a known stem without naming another model: a snapshot date, a revision, or "latest". */
const tail = String.raw`(?:-latest|[-@]\d{8}|-\d{4}-\d{2}-\d{2}|-v\d+(?::\d+)?|-\d{8}-v\d+(?::\d+)?|-\d{3,4}|-\d{2}-\d{2}|-preview(?:-\d{2}-\d{2,4})?|-exp(?:-\d{2}-\d{2})?|-it|-instruct|-fp8)?`

function matchers(match, out = { exact: new Set(), patterns: new Set() }, provider) {
  for (const [kind, value] of Object.entries(match)) {
    if (kind === 'or') for (const part of value) matchers(part, out, provider)
    else if (kind === 'equals') out.exact.add(value.toLowerCase())
    else if (kind === 'starts_with') {
      const stem = value.toLowerCase()
      // a stem that ends in a separator or inside a date is a stem of dates, not of models
      // fine-tunes are looked up by their base, as a declared derivation
      if (/^ft:|\.ft-$/.test(stem)) continue
      if (/-20\d\d-?$/.test(stem)) out.patterns.add(`^${literal(stem.replace(/-?$/, ''))}-?\\d[\\d-]*$`)
      else if (/@$/.test(stem)) out.patterns.add(`^${literal(stem)}\\d{8}$`)
      else if (/-$/.test(stem)) out.patterns.add(`^${literal(stem)}(?:\\d{8}|\\d{4}-\\d{2}-\\d{2}|latest)$`)
      else out.patterns.add(`^${literal(stem)}${tail}$`)
    } else if (kind === 'contains') {
      const stem = value.toLowerCase()
      const scoped = /^(us|eu|au|apac|jp|us-gov|global|ca)\./.test(stem)
      const head = provider === 'aws' ? (scoped ? '' : String.raw`(?:[a-z-]+\.)?`) : String.raw`(?:[a-z0-9_-]+\/)?`
      out.patterns.add(`^${head}${literal(stem)}${tail}$`)
    } else if (kind === 'regex') {
      const anchored = value.startsWith('^') && value.endsWith('$')
      if (anchored) out.patterns.add(value)
    }
  }
  return out
}

function genaiRates(prices, claude) {
  const rates = {}
  const steps = new Map()
  for (const [key, value] of Object.entries(prices)) {
    const entry =
      key === 'cache_write_mtok'
        ? [claude ? 'input.text.cache_write_5m' : 'input.text.cache_write', 0]
        : genaiUnits[key]
    if (!entry) throw new Error(`unknown unit of genai-prices: ${key}`)
    const [unit, by] = entry
    if (typeof value === 'string') rates[unit] = shift(value, by)
    else {
      rates[unit] = shift(value.base, by)
      for (const tier of value.tiers) {
        if (!steps.has(tier.start)) steps.set(tier.start, {})
        steps.get(tier.start)[unit] = shift(tier.price, by)
      }
    }
  }
  // a unit with one price in a tiered entry has that price in every tier
  const tiers = [...steps]
    .sort((a, b) => Number(a[0]) - Number(b[0]))
    .map(([value, own]) => ({ value: Number(value), rates: { ...rates, ...own } }))
  return { rates, tiers }
}

function fromGenaiPrices(data, date) {
  const out = []
  for (const provider of data) {
    if (genaiLeftOut.has(provider.id)) continue
    const providers = genaiProviders[provider.id] ?? [provider.id]
    for (const model of provider.models) {
      const { exact, patterns } = matchers(model.match, undefined, provider.id)
      exact.add(model.id.toLowerCase())
      const claude = /claude/i.test(model.id)
      const list = Array.isArray(model.prices) ? model.prices : [{ prices: model.prices }]
      // later entries of their list win where their constraint holds; dates become half-open intervals
      const dated = list.filter((e) => !e.constraint?.start_time)
      const windows = list.filter((e) => e.constraint?.start_time)
      const starts = dated.map((e) => e.constraint?.start_date ?? null)
      dated.forEach((entry, i) => {
        const { rates, tiers } = genaiRates(entry.prices, claude)
        if (Object.values(rates).every(isZero) && !model.id.endsWith(':free')) return
        const next = starts.slice(i + 1).find((s) => s !== null)
        const price = {
          providers,
          model: model.id.toLowerCase(),
          ids: [...exact].filter((id) => id !== model.id.toLowerCase()),
          patterns: [...patterns],
          from: starts[i] ?? undefined,
          to: next,
          rates,
          tiers: tiers.length
            ? tiers.map((t) => ({ operator: providers[0] === 'x_ai' ? '>=' : '>', value: t.value, rates: t.rates }))
            : undefined,
          sharedModalities: providers[0].startsWith('gcp.') ? ['audio', 'image', 'video'] : ['image', 'video'],
          source: `genai-prices@${date}`,
        }
        out.push(price)
        for (const window of windows) {
          const w = genaiRates(window.prices, claude)
          const clock = (t) => t.slice(0, 5)
          out.push({
            ...price,
            rates: w.rates,
            daily: { from: clock(window.constraint.start_time), to: clock(window.constraint.end_time) },
          })
        }
      })
    }
  }
  return out
}

// --------------------------------------------------------------------------------------------------- LiteLLM

const litellmProviders = {
  openai: 'openai',
  'text-completion-openai': 'openai',
  anthropic: 'anthropic',
  azure: 'azure.ai.openai',
  azure_text: 'azure.ai.openai',
  azure_ai: 'azure.ai.inference',
  bedrock: 'aws.bedrock',
  bedrock_converse: 'aws.bedrock',
  bedrock_mantle: 'aws.bedrock',
  gemini: 'gcp.gemini',
  xai: 'x_ai',
  deepseek: 'deepseek',
  mistral: 'mistral_ai',
  codestral: 'mistral_ai',
  cohere: 'cohere',
  cohere_chat: 'cohere',
  groq: 'groq',
  perplexity: 'perplexity',
  together_ai: 'together_ai',
  fireworks_ai: 'fireworks_ai',
  'fireworks_ai-embedding-models': 'fireworks_ai',
  openrouter: 'openrouter',
  moonshot: 'moonshot_ai',
  cerebras: 'cerebras',
  voyage: 'voyageai',
  watsonx: 'ibm.watsonx.ai',
  dashscope: 'alibaba_cloud',
  ai21: 'ai21',
  minimax: 'minimax',
  zai: 'zai',
  novita: 'novita',
  deepinfra: 'deepinfra',
  sambanova: 'sambanova',
  nebius: 'nebius',
  hyperbolic: 'hyperbolic',
  elevenlabs: 'elevenlabs',
  deepgram: 'deepgram',
  assemblyai: 'assemblyai',
  jina_ai: 'jina_ai',
  scaleway: 'scaleway',
  ovhcloud: 'ovhcloud',
  amazon_nova: 'amazon_nova',
  oci: 'oracle_cloud.generative_ai',
  wandb: 'wandb',
  stability: 'stability',
  recraft: 'recraft',
  vercel_ai_gateway: 'vercel_ai_gateway',
}
const providerOf = (name) => (name?.startsWith('vertex_ai') ? 'gcp.vertex_ai' : litellmProviders[name])

/** Their key without the routing prefix, and the region scope which that prefix names. */
function litellmModel(key, provider) {
  let id = key.toLowerCase()
  let region
  if (provider === 'azure.ai.openai' || provider === 'azure.ai.inference') {
    id = id.replace(/^azure(_ai|_text)?\//, '')
    const scope = /^(eu|us|global|global-standard)\//.exec(id)
    if (scope) {
      id = id.slice(scope[0].length)
      region = scope[1].startsWith('global') ? undefined : scope[1]
    }
  } else if (provider === 'aws.bedrock') {
    id = id.replace(/^bedrock(_converse|_mantle)?\//, '')
    const scope = /^((?:us|eu|ap|ca|sa|me|af|us-gov|il|mx)-[a-z]+-\d)\//.exec(id)
    if (scope) {
      id = id.slice(scope[0].length)
      region = scope[1]
    }
  } else if (provider === 'openrouter' || provider === 'vercel_ai_gateway')
    id = id.replace(/^(openrouter|vercel_ai_gateway)\//, '')
  else id = id.replace(/^[a-z0-9_]+\/(?=[^/])/, '')
  return { id, region }
}

const litellmTokenUnits = [
  ['input_cost_per_token', 'input.text.plain'],
  ['output_cost_per_token', 'output.text.visible'],
  ['cache_read_input_token_cost', 'input.text.cache_read'],
  ['cache_creation_input_token_cost', 'cache_write'],
  ['cache_creation_input_token_cost_above_1hr', 'input.text.cache_write_1h'],
  ['output_cost_per_reasoning_token', 'output.text.reasoning'],
  ['input_cost_per_audio_token', 'input.audio.plain'],
  ['cache_read_input_audio_token_cost', 'input.audio.cache_read'],
  ['output_cost_per_audio_token', 'output.audio'],
  ['input_cost_per_image_token', 'input.image.plain'],
  ['output_cost_per_image_token', 'output.image'],
  ['output_cost_per_video_token', 'output.video'],
]

function litellmRates(entry, suffix, claude, google) {
  const rates = {}
  for (const [field, name] of litellmTokenUnits) {
    const value = entry[`${field}${suffix}`]
    if (value === undefined || typeof value !== 'string' || isZero(value)) continue
    if (name === 'cache_write' && google) continue // explicit caches are billed by storage time there, not per write
    rates[name === 'cache_write' ? (claude ? 'input.text.cache_write_5m' : 'input.text.cache_write') : name] = shift(
      value,
      6,
    )
  }
  return rates
}

function litellmOtherRates(entry) {
  const rates = {}
  const put = (unit, value, by) => {
    if (typeof value === 'string' && !isZero(value)) rates[unit] = shift(value, by)
  }
  if (entry.mode === 'audio_speech') put('char.tts', entry.input_cost_per_character, 6)
  if (entry.mode === 'audio_transcription') put('second.audio_in', entry.input_cost_per_second, 6)
  if (entry.mode === 'video_generation')
    put('second.video', entry.output_cost_per_video_per_second ?? entry.output_cost_per_second, 6)
  if (entry.mode === 'image_generation') put('image.generated', entry.output_cost_per_image, 6)
  if (entry.mode === 'rerank') put('query.rerank', entry.input_cost_per_query, 6)
  put('page.ocr', entry.ocr_cost_per_page, 6)
  put('call.code_exec', entry.code_interpreter_cost_per_session, 6)
  put('call.file_search', entry.file_search_cost_per_1k_calls, 3)
  const search = entry.search_context_cost_per_query
  if (search && new Set(Object.values(search)).size === 1) put('call.web_search', Object.values(search)[0], 6)
  return rates
}

function fromLitellm(data, date) {
  const out = []
  for (const [key, entry] of Object.entries(data)) {
    if (typeof entry !== 'object' || key === 'sample_spec') continue
    const provider = providerOf(entry.litellm_provider)
    if (
      !provider ||
      /commitment/.test(key) ||
      /^\d+-x-\d+\//.test(key) ||
      /steps\//.test(key) ||
      /^(hd|standard|low|medium|high)\//.test(key)
    )
      continue
    const { id, region } = litellmModel(key, provider)
    const claude = /claude/.test(id)
    const google = provider.startsWith('gcp.') && !claude
    const others = litellmOtherRates(entry)
    const base = { providers: [provider], model: id, ids: [], patterns: [], region, source: `litellm@${date}` }
    const multipliers = {}
    for (const [field, scope] of [
      ['regional_processing_uplift_multiplier_eu', 'eu'],
      ['regional_processing_uplift_multiplier_us', 'us'],
    ])
      if (typeof entry[field] === 'string') multipliers[scope] = entry[field]
    if (provider === 'anthropic' && typeof entry.provider_specific_entry?.us === 'string')
      multipliers.us = entry.provider_specific_entry.us
    const common = {
      ...base,
      regionMultipliers: Object.keys(multipliers).length ? multipliers : undefined,
      sharedModalities: google ? ['audio', 'image', 'video'] : ['image', 'video'],
    }
    for (const [suffix, variant] of [
      ['', {}],
      ['_priority', { serviceTier: 'priority' }],
      ['_flex', { serviceTier: 'flex' }],
      ['_batches', { batch: true }],
    ]) {
      const rates = litellmRates(entry, suffix, claude, google)
      if (suffix === '') Object.assign(rates, others)
      if (Object.keys(rates).length === 0) continue
      const tiers = []
      for (const thousand of ['128', '200', '256', '272', '512']) {
        const above = litellmRates(entry, `_above_${thousand}k_tokens${suffix}`, claude, google)
        if (Object.keys(above).length === 0) continue
        tiers.push({ operator: provider === 'x_ai' ? '>=' : '>', value: Number(thousand) * 1000, rates: above })
      }
      if (suffix === '' && Array.isArray(entry.tiered_pricing)) {
        const steps = entry.tiered_pricing.filter((s) => s.range)
        const toRates = (step) => litellmRates(step, '', claude, google)
        if (steps.length) {
          Object.assign(rates, toRates(steps[0]))
          for (const step of steps.slice(1))
            tiers.push({ operator: '>', value: Number(step.range[0]), rates: toRates(step) })
        }
      }
      out.push({ ...common, ...variant, rates, tiers: tiers.length ? tiers : undefined })
    }
    // fast mode: a declared multiple of every token price
    const fast = entry.provider_specific_entry?.fast
    if (provider === 'anthropic' && typeof fast === 'string')
      out.push({ ...common, serviceTier: 'fast', rates: timesAll(litellmRates(entry, '', claude, google), fast) })
  }
  return out
}

// -------------------------------------------------------------------------------------------------- Langfuse

const langfuseUnits = {
  input: 'input.text.plain',
  output: 'output.text.visible',
  input_cached_tokens: 'input.text.cache_read',
  input_cache_creation: 'input.text.cache_write',
}

/** Only the prices by served tier of OpenAI and Anthropic models; their standard prices serve as a check. */
function fromLangfuse(data, date) {
  const out = []
  for (const entry of data) {
    const id = entry.modelName.toLowerCase()
    const provider = /^claude/.test(id) ? 'anthropic' : /^(gpt-|o\d)/.test(id) ? 'openai' : undefined
    if (!provider) continue
    const read = (prices) =>
      Object.fromEntries(
        Object.entries(langfuseUnits).flatMap(([field, unit]) =>
          prices[field] === undefined || (provider === 'anthropic' && field === 'input_cache_creation')
            ? []
            : [[unit, shift(prices[field], 6)]],
        ),
      )
    const standard = read(entry.pricingTiers.find((tier) => tier.isDefault).prices)
    for (const served of ['priority', 'fast', 'flex']) {
      const of = entry.pricingTiers.filter((tier) =>
        tier.conditions.some((c) => c.key === 'service_tier' && c.values?.includes(served)),
      )
      const base = of.find((tier) => tier.conditions.length === 1)
      // "fast" is the name by which OpenAI takes orders for its priority tier, and a tier of its own of Anthropic
      if (!base || (provider === 'openai' && served === 'fast')) continue
      const tiers = of
        .filter((tier) => tier !== base)
        .map((tier) => ({
          operator: '>',
          value: Number(tier.conditions.find((c) => c.operator === 'gt').value),
          rates: read(tier.prices),
        }))
      out.push({
        providers: [provider],
        model: id,
        serviceTier: served,
        rates: read(base.prices),
        tiers: tiers.length ? tiers : undefined,
        standard,
        source: `langfuse@${date}`,
      })
    }
  }
  return out
}

// ----------------------------------------------------------------------------------------------------- merge

const genai = fromGenaiPrices(readJson(args['genai-prices']), args['genai-prices-date'])
const litellm = fromLitellm(readJson(args.litellm), args['litellm-date'])
const litellmDate = args['litellm-date']

const inForce = (price, day) => (!price.from || price.from <= day) && (!price.to || day < price.to)
const byId = new Map()
for (const price of genai) {
  for (const provider of price.providers) {
    for (const id of [price.model, ...price.ids]) {
      const key = `${provider}|${id}`
      if (!byId.has(key)) byId.set(key, [])
      byId.get(key).push(price)
    }
  }
}
const patterned = new Map()
for (const price of genai)
  for (const provider of price.providers)
    for (const p of price.patterns) {
      if (!patterned.has(provider)) patterned.set(provider, [])
      patterned.get(provider).push([new RegExp(p), price])
    }
const find = (provider, id) => {
  const exact = byId.get(`${provider}|${id}`)
  if (exact) return exact
  const hits = (patterned.get(provider) ?? []).filter(([p]) => p.test(id)).map(([, price]) => price)
  return new Set(hits.map((h) => h.model)).size === 1 ? hits : []
}

const shared = [
  'input.text.plain',
  'output.text.visible',
  'input.text.cache_read',
  'input.text.cache_write_5m',
  'input.text.cache_write_1h',
  'input.audio.plain',
  'output.audio',
]
const disagreements = []
const kept = []
const standardOf = new Map()
for (const price of litellm)
  if (!price.serviceTier && !price.batch && !price.region) standardOf.set(`${price.providers[0]}|${price.model}`, price)
const agreesWith = new Map()
for (const [key, price] of standardOf) {
  const hits = find(price.providers[0], price.model).filter((p) => inForce(p, litellmDate) && !p.daily)
  const rival = hits[0]
  if (!rival) continue
  const differing = shared.filter(
    (u) => price.rates[u] !== undefined && rival.rates[u] !== undefined && price.rates[u] !== rival.rates[u],
  )
  agreesWith.set(key, { rival, agrees: differing.length === 0 })
  for (const unit of differing)
    disagreements.push({
      provider: price.providers[0],
      model: price.model,
      unit,
      'genai-prices': rival.rates[unit],
      litellm: price.rates[unit],
    })
}
for (const price of litellm) {
  const key = `${price.providers[0]}|${price.model}`
  const known = agreesWith.get(key)
  if (!known) {
    kept.push(price)
    continue
  }
  const { rival, agrees } = known
  if (price.region) {
    kept.push(price)
  } else if (price.serviceTier || price.batch) {
    // a variant is only as good as the standard price beside it, and only for the interval in which that held
    if (agrees) kept.push({ ...price, from: rival.from, to: rival.to })
  } else if (agrees) {
    // the same price twice: keep the dated one, with what only the other source states (exact id, more units)
    const extra = Object.fromEntries(Object.entries(price.rates).filter(([u]) => rival.rates[u] === undefined))
    for (const p of find(price.providers[0], price.model)) {
      if (p.model !== price.model && !p.ids.includes(price.model)) p.ids.push(price.model)
      if (p === rival) {
        Object.assign(p.rates, extra)
        if (!p.tiers && price.tiers) p.tiers = price.tiers
      }
      if (price.regionMultipliers) p.regionMultipliers = price.regionMultipliers
    }
  }
}

// served tiers of the third source, where its standard price is that of the first on its day
const tiered = []
for (const price of fromLangfuse(readJson(args.langfuse), args['langfuse-date'])) {
  const rival = find(price.providers[0], price.model).filter((p) => inForce(p, args['langfuse-date']) && !p.daily)[0]
  if (!rival) continue
  const differing = ['input.text.plain', 'output.text.visible', 'input.text.cache_read'].filter(
    (u) => price.standard[u] !== undefined && rival.rates[u] !== undefined && price.standard[u] !== rival.rates[u],
  )
  if (differing.length === 0)
    tiered.push({ ...price, regionMultipliers: rival.regionMultipliers, from: rival.from, to: rival.to })
}
const hasTier = new Map(tiered.map((p) => [`${p.providers[0]}|${p.model}|${p.serviceTier}`, p]))
for (let i = kept.length - 1; i >= 0; i--) {
  const p = kept[i]
  const better = hasTier.get(`${p.providers[0]}|${p.model}|${p.serviceTier}`)
  if (!better || p.region) continue
  if (p.from === better.from && p.to === better.to) {
    // units which only the older source states stay
    for (const [unit, rate] of Object.entries(p.rates)) better.rates[unit] ??= rate
    kept.splice(i, 1)
  }
}
kept.unshift(...tiered)

// OpenAI lists batch and flex at the same prices; where both are stated and equal, cached input of a batch is that of flex.
for (const price of kept) {
  if (!price.batch || price.region || price.providers[0] !== 'openai' || price.rates['input.text.cache_read']) continue
  const flex = kept.find(
    (p) => p.providers[0] === 'openai' && p.model === price.model && p.serviceTier === 'flex' && p.from === price.from,
  )
  const equal = flex && ['input.text.plain', 'output.text.visible'].every((u) => price.rates[u] === flex.rates[u])
  if (equal && flex.rates['input.text.cache_read'])
    price.rates['input.text.cache_read'] = flex.rates['input.text.cache_read']
}

// A price on other terms holds for long prompts only if it says so. OpenAI halves its long-context prices in batches as
// it halves the others; elsewhere the long-context price of such terms is unknown, which an empty tier says.
for (const price of kept) {
  if ((!price.serviceTier && !price.batch) || price.tiers || price.region) continue
  const provider = price.providers[0]
  const standard =
    find(provider, price.model).filter((p) => p.from === price.from && p.to === price.to && !p.daily)[0] ??
    kept.find((p) => p.providers[0] === provider && p.model === price.model && !p.serviceTier && !p.batch && !p.region)
  if (!standard?.tiers || price.serviceTier === 'fast') continue
  const half = ['input.text.plain', 'output.text.visible'].every(
    (u) => price.rates[u] === times(standard.rates[u] ?? '0', '0.5'),
  )
  if (price.batch && half && provider === 'openai') {
    price.tiers = standard.tiers.map((tier) => ({
      ...tier,
      rates: Object.fromEntries(
        ['input.text.plain', 'output.text.visible'].flatMap((u) =>
          tier.rates[u] ? [[u, times(tier.rates[u], '0.5')]] : [],
        ),
      ),
    }))
  } else price.tiers = standard.tiers.map((tier) => ({ ...tier, rates: {} }))
}

const clean = (price) => {
  const out = {}
  for (const key of [
    'providers',
    'model',
    'ids',
    'patterns',
    'serviceTier',
    'batch',
    'region',
    'from',
    'to',
    'daily',
    'rates',
    'tiers',
    'regionMultipliers',
    'sharedModalities',
    'source',
  ]) {
    const value = price[key]
    if (value === undefined || (Array.isArray(value) && value.length === 0)) continue
    out[key] = key === 'from' || key === 'to' ? `${value}T00:00:00Z` : value
  }
  return JSON.stringify(out)
}

/** One price a line, so that a change of the data is readable as a difference of text. */
const exported = (lines) => {
  const body = `[\n${lines.join(',\n')}\n]`
  return `export default ${body.includes('\\') ? 'String.raw' : ''}\`${body}\`\n`
}

const files = [
  [
    'genai-prices.ts',
    genai.map(clean),
    'pydantic/genai-prices',
    args['genai-prices-date'],
    'MIT, Copyright (c) Pydantic Services Inc.',
  ],
  [
    'litellm.ts',
    kept.filter((p) => p.source.startsWith('litellm')).map(clean),
    'the model price file of BerriAI/litellm',
    args['litellm-date'],
    'MIT, Copyright (c) Berri AI',
  ],
  [
    'langfuse.ts',
    kept.filter((p) => p.source.startsWith('langfuse')).map(clean),
    'the default model prices of langfuse/langfuse',
    args['langfuse-date'],
    'MIT, Copyright (c) Langfuse GmbH',
  ],
]
for (const [name, lines, source, date, licence] of files) {
  const path = join(target, name)
  const before = new Set(
    existsSync(path)
      ? readFileSync(path, 'utf8')
          .split('\n')
          .filter((l) => l.startsWith('{'))
          .map((l) => l.replace(/,$/, ''))
      : [],
  )
  const after = new Set(lines)
  const added = [...after].filter((l) => !before.has(l))
  const removed = [...before].filter((l) => !after.has(l))
  console.log(`${name}: ${after.size} prices, ${added.length} new or changed, ${removed.length} gone or changed`)
  for (const line of removed.slice(0, 40)) console.log(`  - ${line.slice(0, 200)}`)
  for (const line of added.slice(0, before.size ? 40 : 0)) console.log(`  + ${line.slice(0, 200)}`)
  if (args.write) {
    writeFileSync(
      path,
      `// Made by tools/refresh-catalogue.mjs; do not edit. Prices from ${source}, copy of ${date}.\n` +
        `// Licence of the source: ${licence}; see NOTICE. Rates are USD per 1,000,000 units, as decimal text.\n` +
        exported([...after]),
    )
  }
}
console.log(`${disagreements.length} disagreements between the sources on the day of the older one (${litellmDate})`)
for (const d of disagreements)
  console.log(`  ${d.provider} ${d.model} ${d.unit}: genai-prices ${d['genai-prices']}, litellm ${d.litellm}`)
if (args.write)
  writeFileSync(
    join(target, 'disagreements.ts'),
    `// Made by tools/refresh-catalogue.mjs; do not edit. USD per 1,000,000 units on ${litellmDate}; genai-prices is used, see NOTICE.\n` +
      exported(disagreements.map((d) => JSON.stringify(d))),
  )

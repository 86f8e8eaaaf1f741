import { parseCsv } from './import-units'

/** Time on GPUs of one job, or of one sharer of a card. `gpus` is a decimal: a quarter of a card is 0.25. */
export type GpuUsage = { job: string; owner: string; startedAt: string; endedAt: string; gpus: string }
type Read = { usage: GpuUsage[]; problems: { line: number; message: string }[] }

const known = {
  job: ['job', 'job_id', 'jobid', 'name', 'pod', 'id'],
  owner: ['owner', 'team', 'unit', 'user', 'namespace', 'account', 'cluster', 'vc', 'queue', 'qos'],
  gpus: ['gpus', 'gpu', 'gpu_count', 'num_gpus', 'num_gpu', 'alloc_gpus'],
  milli: ['gpu_milli'],
  profile: ['mig', 'mig_profile', 'profile'],
  replicas: ['replicas', 'shared_by'],
  start: ['start', 'started_at', 'start_time', 'timestamp', 'scheduled_time'],
  end: ['end', 'ended_at', 'end_time', 'deletion_time'],
  duration: ['duration', 'duration_seconds', 'elapsed'],
}

/**
 * Reads a job log: CSV with columns for job, owner, start, end (or duration in seconds) and GPUs (a count, `gpu_milli`, a MIG profile such
 * as `1g.10gb`, or a share given by `replicas`). Numbers as times are seconds since `epoch`. Jobs that never started are left out and named.
 */
export function readJobLog(text: string, epoch = 0): Read {
  const records = parseCsv(text.replace(/^\uFEFF/, ''))
  const header = (records.shift()?.cells ?? []).map((name) => name.trim().toLowerCase())
  const columnOf = (names: string[]) => header.findIndex((name) => names.includes(name))
  const at = Object.fromEntries(Object.entries(known).map(([key, names]) => [key, columnOf(names)])) as Record<
    keyof typeof known,
    number
  >
  const problems: Read['problems'] = []
  if (at.owner < 0 || at.start < 0 || (at.end < 0 && at.duration < 0))
    return {
      usage: [],
      problems: [
        {
          line: 1,
          message:
            'The first line must name columns for the owner, the start, and the end or the duration, e.g. job,team,gpus,start,end.',
        },
      ],
    }
  const usage: GpuUsage[] = []
  for (const { line, cells } of records) {
    const cell = (name: keyof typeof known) => (at[name] < 0 ? '' : (cells[at[name]] ?? '').trim())
    if (cells.every((value) => value.trim() === '')) continue
    const start = moment(cell('start'), epoch)
    const end =
      at.end >= 0 && cell('end') !== ''
        ? moment(cell('end'), epoch)
        : start !== null && seconds(cell('duration')) !== null
          ? start + seconds(cell('duration'))!
          : null
    const gpus = gpusOf(cell('gpus'), cell('milli'), cell('profile'), cell('replicas'))
    const say = (message: string) => problems.push({ line, message })
    if (start === null)
      say(cell('start') === '' ? 'It never started: no time is charged.' : `“${cell('start')}” is no time.`)
    else if (end === null) say('Neither its end nor its duration can be read.')
    else if (end < start) say('It ends before it starts.')
    else if (gpus === null)
      say('How many GPUs it had cannot be read: give a decimal, gpu_milli, a MIG profile, or replicas.')
    else if (gpus !== '0' && end > start)
      usage.push({
        job: cell('job') || `line ${line}`,
        owner: cell('owner'),
        startedAt: new Date(start).toISOString(),
        endedAt: new Date(end).toISOString(),
        gpus,
      })
  }
  return { usage, problems }
}

function moment(text: string, epoch: number): number | null {
  if (/^\d+(\.\d{1,3})?$/.test(text)) return epoch + Number(text) * 1000
  const local = /^(\d{4}-\d{2}-\d{2})[ T](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?)$/.exec(text)
  const ms = Date.parse(local ? `${local[1]}T${local[2]}Z` : text)
  return Number.isNaN(ms) ? null : ms
}

const seconds = (text: string) => (/^\d+(\.\d+)?$/.test(text) ? Math.round(Number(text) * 1000) : null)

/** Decimal number of whole cards, exact; null when it cannot be told. */
export function gpusOf(count: string, milli: string, profile: string, replicas: string): string | null {
  if (profile !== '') {
    const slices = /^(?:mig-)?(\d)g\./i.exec(profile)
    // Seven compute slices make a card; nine places are far below a second of a month.
    return slices ? decimal(BigInt(slices[1]!) * times(count), 7n) : null
  }
  if (replicas !== '') return /^[1-9]\d{0,3}$/.test(replicas) ? decimal(times(count), BigInt(replicas)) : null
  if (milli !== '') return /^\d{1,6}$/.test(milli) ? decimal(BigInt(milli) * times(count), 1000n) : null
  return /^\d{1,6}(\.\d{1,9})?$/.test(count) ? count.replace(/^(\d+)\.0+$/, '$1') : null
}

const times = (count: string) => (/^\d{1,6}$/.test(count) ? BigInt(count) : 1n)

function decimal(n: bigint, d: bigint): string {
  const units = (n * 10n ** 9n + d / 2n) / d
  const text = units.toString().padStart(10, '0')
  return `${text.slice(0, -9)}.${text.slice(-9)}`.replace(/\.?0+$/, '') || '0'
}

/**
 * Reads samples in the Prometheus text format (as DCGM exporter and kube-state-metrics write it) or the JSON of `/api/v1/query_range`.
 * A card counts for its pod at each sample time, divided among the sharers seen then; a MIG instance counts by its compute slices.
 * Requests (`kube_pod_container_resource_requests` of a GPU resource) count as they are. Each sample stands until the next one.
 * @param window the time the samples cover, for the text format, which may carry no times
 */
export function readGpuSamples(text: string, window: { from: number; to: number } | null): Read {
  const problems: Read['problems'] = []
  const samples = text.trimStart().startsWith('{') ? rangeSamples(text, problems) : textSamples(text, window, problems)
  const times = [...new Set(samples.map((sample) => sample.at))].sort((a, b) => a - b)
  const steps = times.slice(1).map((time, i) => time - times[i]!)
  const usual = steps.length === 0 ? 0 : steps.sort((a, b) => a - b)[Math.floor(steps.length / 2)]!
  // A sample stands until the next; where one is missing, for the usual step and not across the gap.
  const until = (at: number) => {
    const next = times[times.indexOf(at) + 1]
    if (next !== undefined) return Math.min(next, at + usual * 2)
    return window ? Math.max(window.to, at) : at + usual
  }
  const sharers = new Map<string, Set<string>>()
  for (const sample of samples) {
    if (sample.device === null) continue
    const key = `${sample.at} ${sample.device}`
    sharers.set(key, (sharers.get(key) ?? new Set()).add(`${sample.owner}/${sample.job}`))
  }
  const usage: GpuUsage[] = []
  const seen = new Set<string>()
  for (const sample of samples) {
    const key = `${sample.at} ${sample.device ?? sample.resource} ${sample.owner}/${sample.job}`
    if (seen.has(key)) continue
    seen.add(key)
    const sharing = sample.device === null ? 1n : BigInt(sharers.get(`${sample.at} ${sample.device}`)!.size)
    const gpus = decimal(sample.share.n, sample.share.d * sharing)
    const end = until(sample.at)
    if (end <= sample.at || gpus === '0') continue
    usage.push({
      job: `${sample.job}${sample.device === null ? '' : ` on ${sample.device}`}`,
      owner: sample.owner,
      startedAt: new Date(sample.at).toISOString(),
      endedAt: new Date(end).toISOString(),
      gpus,
    })
  }
  return { usage, problems }
}

type Sample = {
  at: number
  job: string
  owner: string
  device: string | null
  resource: string
  share: { n: bigint; d: bigint }
}

function toSample(name: string, labels: Record<string, string>, value: string, at: number): Sample | null {
  const label = (...names: string[]) =>
    names.map((key) => labels[key]).find((found) => found !== undefined && found !== '') ?? ''
  const owner = label('exported_namespace', 'pod_namespace', 'namespace', 'hpc_job')
  const job = label('exported_pod', 'pod_name', 'pod', 'hpc_job')
  if (name.startsWith('DCGM_FI_')) {
    // Any field of the exporter tells that the pod held the card; one of them is enough.
    if (!['DCGM_FI_PROF_GR_ENGINE_ACTIVE', 'DCGM_FI_DEV_GPU_UTIL', 'DCGM_FI_DEV_FB_USED'].includes(name)) return null
    if (owner === '') return null
    const uuid = Object.entries(labels).find(([key]) => key.toLowerCase() === 'uuid')?.[1] ?? label('device', 'gpu')
    const instance = label('GPU_I_ID')
    const slices = /^(\d)g\./.exec(label('GPU_I_PROFILE'))
    const device = [label('Hostname', 'hostname', 'node'), uuid, instance].filter(Boolean).join('/')
    return { at, job, owner, device, resource: '', share: slices ? { n: BigInt(slices[1]!), d: 7n } : { n: 1n, d: 1n } }
  }
  if (name === 'kube_pod_container_resource_requests') {
    const resource = label('resource')
    const mig = /^nvidia_com_mig_(\d)g_/.exec(resource)
    if (resource !== 'nvidia_com_gpu' && !mig) return null
    if (!/^\d+(\.\d+)?$/.test(value)) return null
    const thousandths = BigInt(Math.round(Number(value) * 1000))
    return {
      at,
      job: `${label('exported_pod', 'pod')}/${label('exported_container', 'container')}`,
      owner,
      device: null,
      resource,
      share: { n: thousandths * (mig ? BigInt(mig[1]!) : 1n), d: 1000n * (mig ? 7n : 1n) },
    }
  }
  return null
}

function textSamples(text: string, window: { from: number; to: number } | null, problems: Read['problems']): Sample[] {
  const samples: Sample[] = []
  for (const [i, raw] of text.split('\n').entries()) {
    const line = raw.trim()
    if (line === '' || line.startsWith('#')) continue
    const parsed = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})?\s+(\S+)(?:\s+(-?\d+))?$/.exec(line)
    if (!parsed) {
      problems.push({ line: i + 1, message: 'This is no sample of the Prometheus text format.' })
      continue
    }
    const labels: Record<string, string> = {}
    for (const [, key, value] of (parsed[2] ?? '').matchAll(/([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"/g))
      labels[key!] = value!.replace(/\\(.)/g, (_, c: string) => (c === 'n' ? '\n' : c))
    const at = parsed[4] === undefined ? window?.from : Number(parsed[4])
    if (at === undefined) {
      problems.push({ line: i + 1, message: 'The sample has no time: give the window that the samples cover.' })
      continue
    }
    const sample = toSample(parsed[1]!, labels, parsed[3]!, at)
    if (sample) samples.push(sample)
  }
  return samples
}

function rangeSamples(text: string, problems: Read['problems']): Sample[] {
  let answer: {
    status?: string
    error?: string
    data?: { result?: { metric: Record<string, string>; values?: [number, string][]; value?: [number, string] }[] }
  }
  try {
    answer = JSON.parse(text)
  } catch {
    problems.push({ line: 1, message: 'This is neither JSON nor the Prometheus text format.' })
    return []
  }
  if (answer.status !== 'success') {
    problems.push({ line: 1, message: `Prometheus answered: ${answer.error ?? answer.status ?? 'no status'}` })
    return []
  }
  return (answer.data?.result ?? []).flatMap(({ metric, values, value }) =>
    (values ?? (value ? [value] : [])).flatMap(([time, text]) => {
      const sample = text === 'NaN' ? null : toSample(metric.__name__ ?? '', metric, text, Math.round(time * 1000))
      return sample ? [sample] : []
    }),
  )
}

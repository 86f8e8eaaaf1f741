import { describe, expect, it } from 'vitest'
import { gpusOf, readGpuSamples, readJobLog } from './read-gpu-usage'

const from = Date.parse('2026-01-10T00:00:00Z')
const to = Date.parse('2026-01-10T01:00:00Z')
/** GPU-hours by owner. */
const hours = (usage: { owner: string; startedAt: string; endedAt: string; gpus: string }[]) => {
  const sums: Record<string, number> = {}
  for (const { owner, startedAt, endedAt, gpus } of usage)
    sums[owner] =
      Math.round(
        ((sums[owner] ?? 0) + (Number(gpus) * (Date.parse(endedAt) - Date.parse(startedAt))) / 3_600_000) * 1e6,
      ) / 1e6
  return sums
}

describe('a job log', () => {
  it('counts whole cards, quarters, MIG instances and shared cards; four quarters over an hour are one GPU-hour', () => {
    const csv = [
      'job,team,gpus,mig,replicas,start,end',
      'w,whole,8,,,2026-01-10T00:00:00Z,2026-01-10T02:00:00Z',
      ...[1, 2, 3, 4].map((n) => `q${n},quarters,0.25,,,2026-01-10 00:00:00,2026-01-10 01:00:00`),
      'm,mig,7,1g.10gb,,2026-01-10T00:00:00Z,2026-01-10T01:00:00Z',
      ...[1, 2, 3, 4].map((n) => `s${n},sliced,1,,4,2026-01-10T00:00:00Z,2026-01-10T01:00:00Z`),
    ].join('\n')
    const { usage, problems } = readJobLog(csv)
    expect(problems).toEqual([])
    expect(hours(usage)).toEqual({ whole: 16, quarters: 1, mig: 1, sliced: 1 })
  })

  it('names lines that it cannot count', () => {
    const { usage, problems } = readJobLog(
      'job,team,gpus,start,end\na,x,1,,2026-01-10\nb,x,many,2026-01-10,2026-01-11\nc,x,1,2026-01-11,2026-01-10\nd,x,1,soon,2026-01-10\n',
    )
    expect(usage).toEqual([])
    expect(problems.map(({ line }) => line)).toEqual([2, 3, 4, 5])
    expect(readJobLog('a,b\n1,2').problems[0]?.message).toContain('job,team,gpus,start,end')
  })

  it('takes a slice of a card by its compute slices, exactly', () => {
    expect([
      gpusOf('2', '', '3g.40gb', ''),
      gpusOf('1', '', '', '3'),
      gpusOf('2', '500', '', ''),
      gpusOf('1', '', 'huge', ''),
    ]).toEqual(['0.857142857', '0.333333333', '1', null])
  })
})

describe('Prometheus samples', () => {
  it('of the DCGM exporter count a card once however many fields it reports, and divide it among its sharers', () => {
    const text = `# HELP DCGM_FI_DEV_GPU_UTIL GPU utilization (in %).
# TYPE DCGM_FI_DEV_GPU_UTIL gauge
DCGM_FI_DEV_GPU_UTIL{gpu="0",UUID="GPU-a",device="nvidia0",modelName="NVIDIA H200",Hostname="n1",namespace="search",pod="s-0",container="c"} 97
DCGM_FI_PROF_GR_ENGINE_ACTIVE{gpu="0",UUID="GPU-a",device="nvidia0",Hostname="n1",namespace="search",pod="s-0",container="c"} 0.91
DCGM_FI_DEV_GPU_UTIL{gpu="1",UUID="GPU-b",Hostname="n1",namespace="search",pod="s-1",vgpu="0"} 40
DCGM_FI_DEV_GPU_UTIL{gpu="1",UUID="GPU-b",Hostname="n1",namespace="chat",pod="c-0",vgpu="1"} 40
DCGM_FI_PROF_GR_ENGINE_ACTIVE{gpu="2",UUID="GPU-c",GPU_I_ID="3",GPU_I_PROFILE="1g.18gb",Hostname="n1",exported_namespace="lab",exported_pod="l-0",namespace="monitoring",pod="dcgm-exporter-x"} 0.5
DCGM_FI_DEV_GPU_UTIL{gpu="3",UUID="GPU-d",Hostname="n1"} 0
DCGM_FI_DEV_GPU_TEMP{gpu="0",UUID="GPU-a",Hostname="n1",namespace="search",pod="s-0"} 61
`
    const { usage, problems } = readGpuSamples(text, { from, to })
    expect(problems).toEqual([])
    // The idle card belongs to no pod and counts for nobody.
    expect(hours(usage)).toEqual({ search: 1.5, chat: 0.5, lab: 0.142857 })
  })

  it('of requests in a range answer stand until the next sample, and not across a gap', () => {
    const sample = (value: string, metric: object, times: number[]) => ({
      metric: { __name__: 'kube_pod_container_resource_requests', unit: 'integer', ...metric },
      values: times.map((minute) => [from / 1000 + minute * 60, value]),
    })
    const text = JSON.stringify({
      status: 'success',
      data: {
        resultType: 'matrix',
        result: [
          sample('2', { namespace: 'train', pod: 't', container: 'c', resource: 'nvidia_com_gpu' }, [0, 15, 30, 45]),
          sample(
            '7',
            { namespace: 'mig', pod: 'm', container: 'c', resource: 'nvidia_com_mig_1g_10gb' },
            [0, 15, 30, 45],
          ),
          sample('16', { namespace: 'train', pod: 't', container: 'c', resource: 'cpu' }, [0, 15, 30, 45]),
        ],
      },
    })
    expect(hours(readGpuSamples(text, null).usage)).toEqual({ train: 2, mig: 1 })
  })

  it('without a time or in another form are named, not guessed', () => {
    expect(readGpuSamples('DCGM_FI_DEV_GPU_UTIL{UUID="a",namespace="x"} 1', null).problems[0]?.message).toContain(
      'window',
    )
    expect(readGpuSamples('hello world again and more', { from, to }).problems[0]?.line).toBe(1)
    expect(readGpuSamples('{"status":"error","error":"too many points"}', null).problems[0]?.message).toContain(
      'too many points',
    )
  })
})

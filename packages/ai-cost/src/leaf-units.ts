/** Leaf units a price may be given for; quantities of different units never overlap. Prices are per 1,000,000 of a unit. */
export const leafUnits: readonly string[] = [
  ...['text', 'audio', 'image', 'video'].flatMap((modality) =>
    ['plain', 'cache_read', 'cache_write', 'cache_write_5m', 'cache_write_1h'].map(
      (part) => `input.${modality}.${part}`,
    ),
  ),
  'output.text.visible',
  'output.text.reasoning',
  'output.text.citation',
  'output.audio',
  'output.image',
  'output.video',
  'embedding.text',
  'embedding.image',
  'char.tts',
  'second.audio_in',
  'second.audio_out',
  'second.video',
  'second.gpu',
  'image.generated',
  'page.ocr',
  'query.rerank',
  'call.request',
  'call.web_search',
  'call.web_fetch',
  'call.search_query',
  'call.search_source',
  'call.file_search',
  'call.grounding',
  'call.code_exec',
  'hour.container',
  'hour.cache_storage',
  'hour.ptu',
  'hour.ptu_unused',
  'hour.gpu',
]

const known = new Set(leafUnits)

/** Whether a price can be given for a unit. */
export function isLeafUnit(unit: string): boolean {
  return known.has(unit)
}

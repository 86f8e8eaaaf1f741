/** What telemetry says of a call that both its single line and its roll-up hold: columns of usage sources, in the order they are shown. */
export const callAttributes = [
  'Provider',
  'ServiceProviderName',
  'ServiceName',
  'AccountId',
  'Model',
  'Operation',
  'ServiceTier',
  'Region',
  'Team',
  'Project',
  'Feature',
  'Experiment',
  'Run',
  'Customer',
  'Environment',
  'Service',
]

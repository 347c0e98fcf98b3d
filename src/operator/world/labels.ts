/** Labels by which objects are found. */
export const BOT_LABEL = 'callbots.dev/callbot'
export const INTEGRATION_LABEL = 'callbots.dev/integration'
export const COMPONENT_LABEL = 'app.kubernetes.io/component'
export const MANAGED_BY_LABEL = 'app.kubernetes.io/managed-by'
/** Of all pods of the chart. */
export const PART_OF_INSTALLATION = 'app.kubernetes.io/part-of=callbot'
export const ZONE_LABEL = 'topology.kubernetes.io/zone'

/** Name of everything that belongs to the records of a namespace, and the component of its pods. */
export const RECORDS = 'callbot-records'
export const RECORDS_COMPONENT = 'records'

/** The ConfigMap by which a person stops every drill of the installation, and its key. Any value but "false" stops them. */
export const KILL_SWITCH = 'callbot-drills'
export const STOP = 'stop'

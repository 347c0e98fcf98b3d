/** How long what `records` and `store` say to each other may be. */

/** Where the store listens, over TLS. */
export const STORE_PORT = 8449

/** Octets of a request: the sealed records of one submission (1 MiB), as base64. */
export const LONGEST_REQUEST = 1_310_720
/** Octets of an answer: a page of records as base64, and a record that does not fit any more. */
export const LONGEST_ANSWER = 4_194_304
/** Octets of the bodies of a page, before base64. The first record of a page is always in it. */
export const PAGE_OCTETS = 1_048_576
/** Records of a page. */
export const PAGE_ROWS = 1_000
/** Records of a request. */
export const MOST_RECORDS = 100
/** Keys of an answer. */
export const MOST_KEYS = 1_000
/** Exports of an answer. */
export const MOST_EXPORTS = 100
/** Deliveries of an answer. */
export const MOST_CLAIMED = 100

/** Kafka cannot be had on this machine; the message says what is needed. */
export class Unavailable extends Error {}

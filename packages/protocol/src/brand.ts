declare const brand: unique symbol

/** A string or number that only its own decoder may produce. */
export type Brand<T, Name extends string> = T & { readonly [brand]: Name }

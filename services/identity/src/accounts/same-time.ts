/**
 * In ms; longer than hashing a password and writing to an account usually takes together. Answers that must not tell whether
 * an address has an account take at least as long.
 */
export const SAME_TIME_FOR_ALL = 400;

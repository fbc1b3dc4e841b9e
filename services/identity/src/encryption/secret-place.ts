/** Where secrets lie that {@link SecretsAtRest} has encrypted. Whoever keeps some makes one and adds it to `KeyEncryption`. */
export abstract class SecretPlace {
  /** For operators, and in the cursor: without a colon. */
  abstract readonly name: string;
  /** How many secrets the key in front has not encrypted. */
  abstract left(): Promise<number>;
  /**
   * Encrypts anew what the next `limit` documents after one hold. May be done again: what is up to date is left alone.
   * @returns how many secrets that were, and the last document; without one it has come to the end
   */
  abstract renew(after: string, limit: number): Promise<{ readonly renewed: number; readonly last?: string }>;
}

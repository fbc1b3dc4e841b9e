import type { Level } from '@lyceum/http';

/** What somebody has shown to prove who they are, in the words of RFC 8176 (the claim `amr`), and `fed`: the word of another provider. */
export const methods = ['pwd', 'fed', 'otp', 'swk', 'hwk', 'user', 'mfa'] as const;
export type Method = (typeof methods)[number];

/** When somebody last proved who they are, and by what. */
export interface Authentication {
  readonly at: Date;
  readonly methods: readonly Method[];
}

export const byPassword = (at: Date): Authentication => ({ at, methods: ['pwd'] });

/** The same person proves it again now; what they have shown before in this session still counts. */
export const provenAgain = (before: Authentication, shown: readonly Method[], at: Date): Authentication => ({
  at,
  methods: methods.filter((method) => before.methods.includes(method) || shown.includes(method)),
});

/** The claim `acr`: NIST SP 800-63B's levels. */
export const levelOf = ({ methods: shown }: Authentication): Level => (shown.includes('mfa') ? 'aal2' : 'aal1');

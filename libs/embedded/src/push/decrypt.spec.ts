import { createECDH } from 'node:crypto';
import { decryptPush } from './decrypt.js';

// RFC 8291, section 5
const auth = Buffer.from('BTBZMqHH6r4Tts7J_aSIgg', 'base64url');
const receiver = createECDH('prime256v1');
receiver.setPrivateKey('q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94', 'base64url');
const body = Buffer.from(
  'DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN',
  'base64url',
);

it("opens the RFC's own example", () => {
  expect(decryptPush(body, receiver, auth).toString()).toBe('When I grow up, I want to be a watermelon');
});

it('opens nothing that was changed, cut, or sealed to another subscription', () => {
  const changed = Buffer.from(body);
  changed[100] = (changed[100] ?? 0) ^ 1;
  expect(() => decryptPush(changed, receiver, auth)).toThrow(/authenticate/);
  expect(() => decryptPush(body.subarray(0, 90), receiver, auth)).toThrow(/too short/);
  expect(() => decryptPush(body.subarray(0, 10), receiver, auth)).toThrow(/incomplete/);
  expect(() => decryptPush(body, receiver, Buffer.alloc(16))).toThrow(/authenticate/);
});

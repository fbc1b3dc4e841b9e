import { Inject, Injectable } from '@nestjs/common';
import { CONFIG } from '@lyceum/host';
import { Log } from '@lyceum/telemetry';
import type { Readable } from 'node:stream';
import type { Config } from '../config.js';
import { type Printed, certificateSheet } from './certificate.sheet.js';
import { verifyUrlOf } from './certificate.view.js';
import { Lettering } from './lettering.js';

/** Prints certificates with the fonts that it was given at the start. */
@Injectable()
export class CertificatePrinter {
  private readonly lettering: Lettering;

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly log: Log,
  ) {
    this.lettering = new Lettering(config.CERTIFICATE_FONTS);
  }

  /** The PDF as a stream. */
  print(certificate: Printed): Readable {
    for (const text of [certificate.learnerName, certificate.courseTitle])
      if (!this.lettering.words(text, 'Times-Bold'))
        this.log.warn('no font has the letters of a certificate', { code: certificate.code });
    return certificateSheet(certificate, verifyUrlOf(certificate.code, this.config.PUBLIC_URL), this.lettering);
  }
}

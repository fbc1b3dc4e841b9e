import type { Copy } from './copy.js';

const course = '{{ publicUrl }}/courses/{{ courseId }}';
const certificate = '{{ publicUrl }}/verify/{{ code }}';

export const german: Copy = {
  greeting: 'Guten Tag {{ firstName }},',
  greetingNameless: 'Guten Tag,',
  footer: 'Sie erhalten diese E-Mail wegen Ihres Kontos bei Lyceum. Antworten an diese Adresse werden nicht gelesen.',
  linkHint: 'Wenn die Schaltfläche nicht funktioniert, öffnen Sie diese Adresse:',
  mails: {
    'verify-address': {
      subject: 'Bestätigen Sie Ihre E-Mail-Adresse',
      heading: 'Bestätigen Sie Ihre E-Mail-Adresse',
      lines: ['Willkommen bei Lyceum. Ein Klick, und Ihr Konto ist bereit.'],
      action: { label: 'Adresse bestätigen', url: '{{ publicUrl }}/verify-email?token={{ token | url_encode }}' },
      note: 'Der Link gilt einmal, bis {{ expiresAt }}. Wenn Sie sich nicht registriert haben, müssen Sie nichts tun: Ohne den Link bleibt das Konto unbenutzbar.',
    },
    'registration-repeated': {
      subject: 'Jemand wollte sich mit Ihrer Adresse registrieren',
      heading: 'Sie haben bereits ein Konto',
      lines: [
        'Am {{ at }} wollte jemand mit Ihrer E-Mail-Adresse ein Konto anlegen. Es gibt schon eines, deshalb wurde nichts geändert.',
        'Wenn Sie das waren, melden Sie sich einfach an.',
      ],
      note: 'Wenn Sie es nicht waren, müssen Sie nichts tun: Niemand erfährt, ob eine Adresse ein Konto hat.',
    },
    'session-compromised': {
      subject: 'Wir haben zu Ihrer Sicherheit eine Sitzung beendet',
      heading: 'Eine Ihrer Sitzungen wurde beendet',
      lines: [
        'Am {{ at }} wurde ein Anmeldeschlüssel einer Ihrer Sitzungen ein zweites Mal benutzt. Das kann bedeuten, dass ihn jemand kopiert hat; deshalb haben wir die ganze Sitzung beendet.',
        'Bitte melden Sie sich neu an und sehen Sie Ihre anderen Sitzungen durch.',
      ],
      note: 'Wenn eine Sitzung nicht Ihre ist, beenden Sie sie und ändern Sie Ihr Passwort.',
    },
    'confirm-new-address': {
      subject: 'Bestätigen Sie Ihre neue E-Mail-Adresse',
      heading: 'Bestätigen Sie Ihre neue E-Mail-Adresse',
      lines: ['Sie möchten diese Adresse ab jetzt bei Lyceum benutzen. Ein Klick, und sie gilt.'],
      action: {
        label: 'Diese Adresse benutzen',
        url: '{{ publicUrl }}/email-change/confirm?token={{ token | url_encode }}',
      },
      note: 'Der Link gilt einmal, bis {{ expiresAt }}. Wenn Sie kein Konto bei Lyceum haben, müssen Sie nichts tun.',
    },
    'address-change-announced': {
      subject: 'Ihre E-Mail-Adresse soll geändert werden',
      heading: 'Ihre E-Mail-Adresse soll geändert werden',
      lines: [
        'Am {{ at }} hat jemand, der in Ihrem Konto angemeldet ist, darum gebeten, {{ newEmail }} statt dieser Adresse zu benutzen.',
        'Wenn Sie das waren, ist hier nichts zu tun: Eine E-Mail an die neue Adresse sagt, wie es weitergeht.',
      ],
      action: { label: 'Das verhindern', url: '{{ publicUrl }}/email-change/stop?token={{ token | url_encode }}' },
      note: 'Wenn Sie es nicht waren, verhindern Sie es, bevor die neue Adresse bestätigt ist. Dadurch werden alle abgemeldet; wählen Sie dann ein neues Passwort. Der Link gilt bis {{ expiresAt }}.',
    },
    'address-changed': {
      subject: 'Ihre E-Mail-Adresse wurde geändert',
      heading: 'Ihre E-Mail-Adresse wurde geändert',
      lines: ['Seit {{ at }} hat Ihr Konto die Adresse {{ newEmail }}. An diese hier schreiben wir zum letzten Mal.'],
      note: 'Wenn Sie es nicht waren, sagen Sie es sofort unserem Support und sichern Sie Ihr Postfach.',
    },
    'reset-password': {
      subject: 'Wählen Sie ein neues Passwort',
      heading: 'Wählen Sie ein neues Passwort',
      lines: ['Jemand, vermutlich Sie, hat für Ihr Konto ein neues Passwort angefordert.'],
      action: { label: 'Neues Passwort wählen', url: '{{ publicUrl }}/reset-password?token={{ token | url_encode }}' },
      note: 'Der Link gilt einmal, bis {{ expiresAt }}. Wenn Sie es nicht waren, müssen Sie nichts tun: Ohne den Link bleibt Ihr Passwort, wie es ist.',
    },
    'password-changed': {
      subject: 'Ihr Passwort wurde geändert',
      heading: 'Ihr Passwort wurde geändert',
      lines: [
        'Am {{ at }} wurde Ihr Passwort geändert{% if how == "reset" %}, mit einem Link, den wir an diese Adresse geschickt hatten{% endif %}. Sie wurden {% if how == "reset" %}überall{% else %}überall sonst{% endif %} abgemeldet.',
      ],
      note: 'Wenn Sie es nicht waren, liest jemand Ihre E-Mails mit oder kannte Ihr Passwort: Sichern Sie zuerst Ihr Postfach und wählen Sie dann über „Passwort vergessen“ ein neues.',
    },
    'two-factor-on': {
      subject: 'Die Zwei-Faktor-Anmeldung ist eingeschaltet',
      heading: 'Die Zwei-Faktor-Anmeldung ist eingeschaltet',
      lines: [
        'Seit {{ at }} braucht die Anmeldung bei Ihrem Konto neben dem Passwort einen Code Ihrer Authenticator-App.',
        'Bewahren Sie die Wiederherstellungscodes gut auf: Jeder gilt einmal, wenn die App nicht zur Hand ist.',
      ],
      note: 'Wenn Sie das nicht waren, ändern Sie sofort Ihr Passwort und schreiben Sie uns.',
    },
    'two-factor-off': {
      subject: 'Die Zwei-Faktor-Anmeldung ist ausgeschaltet',
      heading: 'Die Zwei-Faktor-Anmeldung ist ausgeschaltet',
      lines: ['Am {{ at }} wurde die Zwei-Faktor-Anmeldung ausgeschaltet. Zur Anmeldung genügt jetzt Ihr Passwort.'],
      note: 'Wenn Sie das nicht waren, ändern Sie Ihr Passwort, beenden Sie Ihre anderen Sitzungen und schalten Sie sie wieder ein.',
    },
    'two-factor-reset': {
      subject: 'Ihre Zwei-Faktor-Anmeldung wurde von der Verwaltung ausgeschaltet',
      heading: 'Ihre Zwei-Faktor-Anmeldung wurde zurückgesetzt',
      lines: [
        'Am {{ at }} hat die Verwaltung die Zwei-Faktor-Anmeldung ausgeschaltet, damit Sie sich ohne Ihre Authenticator-App anmelden können.',
        'Bitte melden Sie sich an und schalten Sie sie wieder ein.',
      ],
      note: 'Wenn Sie nicht darum gebeten haben, ändern Sie Ihr Passwort und schreiben Sie uns.',
    },
    'account-suspended': {
      subject: 'Ihr Konto ist gesperrt',
      heading: 'Ihr Konto ist gesperrt',
      lines: [
        'Am {{ at }} hat die Verwaltung Ihr Konto{% if until %} bis {{ until }}{% endif %} gesperrt. Niemand kann sich mehr anmelden, und Sie wurden überall abgemeldet.',
        'Ihre Kurse und Zertifikate bleiben erhalten.',
      ],
      note: 'Wenn Sie das für einen Irrtum halten oder den Grund wissen möchten, schreiben Sie uns.',
    },
    'account-reinstated': {
      subject: 'Ihr Konto ist wieder offen',
      heading: 'Ihr Konto ist wieder offen',
      lines: ['Seit {{ at }} ist Ihr Konto nicht mehr gesperrt. Sie können sich anmelden wie zuvor.'],
    },
    'roles-changed': {
      subject: 'Sie dürfen mit Ihrem Konto anderes tun',
      heading: 'Ihre Rollen wurden geändert',
      lines: [
        'Am {{ at }} hat die Verwaltung geändert, was Sie mit Ihrem Konto tun dürfen. Ihre Rollen sind jetzt: {{ roles }}.',
        'Sie wurden überall abgemeldet; was neu ist, gilt, sobald Sie sich wieder angemeldet haben.',
      ],
      note: 'Wenn Sie nicht wissen, warum, schreiben Sie uns.',
    },
    'signed-out-by-admin': {
      subject: 'Sie wurden überall abgemeldet',
      heading: 'Sie wurden überall abgemeldet',
      lines: ['Am {{ at }} hat die Verwaltung alle Sitzungen Ihres Kontos beendet. Sie können sich wieder anmelden.'],
      note: 'Wenn Sie nicht darum gebeten haben, wählen Sie nach der Anmeldung ein neues Passwort, und schreiben Sie uns, wenn Sie den Grund wissen möchten.',
    },
    'passkey-added': {
      subject: 'Ihr Konto hat einen neuen Passkey',
      heading: 'Ein Passkey wurde hinzugefügt',
      lines: ['Seit {{ at }} kann sich der Passkey „{{ name }}“ ohne Passwort bei Ihrem Konto anmelden.'],
      note: 'Wenn Sie das nicht waren, entfernen Sie ihn in Ihrem Profil, ändern Sie Ihr Passwort und beenden Sie Ihre anderen Sitzungen.',
    },
    'passkey-removed': {
      subject: 'Ein Passkey wurde aus Ihrem Konto entfernt',
      heading: 'Ein Passkey wurde entfernt',
      lines: ['Am {{ at }} wurde der Passkey „{{ name }}“ entfernt. Er kann sich bei Ihrem Konto nicht mehr anmelden.'],
      note: 'Wenn Sie das nicht waren, ändern Sie Ihr Passwort und beenden Sie Ihre anderen Sitzungen.',
    },
    'passkey-suspected': {
      subject: 'Von einem Ihrer Passkeys gibt es vielleicht eine Kopie',
      heading: 'Wir haben eine Anmeldung mit einem Passkey abgelehnt',
      lines: [
        'Am {{ at }} wurde der Passkey „{{ name }}“ so benutzt, dass jemand eine Kopie davon haben könnte. Diese Anmeldung haben wir abgelehnt.',
        'Bitte entfernen Sie diesen Passkey in Ihrem Profil und fügen Sie einen neuen hinzu.',
      ],
      note: 'Sehen Sie auch Ihre Sitzungen durch, und beenden Sie, welche nicht Ihre sind.',
    },
    'api-key-created': {
      subject: 'Für Ihr Konto wurde ein API-Schlüssel erstellt',
      heading: 'Ein API-Schlüssel wurde erstellt',
      lines: [
        'Seit {{ at }} können Programme, die den API-Schlüssel „{{ name }}“ haben, bei Lyceum in Ihrem Namen handeln.',
      ],
      facts: [
        ['Was er öffnet', '{{ scopes }}'],
        ['Läuft ab', '{{ expiresAt }}'],
      ],
      note: 'Wenn Sie das nicht waren, melden Sie sich an und widerrufen Sie ihn, ändern Sie Ihr Passwort und beenden Sie Ihre anderen Sitzungen.',
    },
    'api-key-expiring': {
      subject: 'Ihr API-Schlüssel „{{ name }}“ läuft bald ab',
      heading: 'Ein API-Schlüssel läuft bald ab',
      lines: [
        'Der API-Schlüssel „{{ name }}“ wird ab {{ expiresAt }} abgelehnt.',
        'Wenn ein Programm ihn noch braucht, erstellen Sie einen neuen und geben Sie ihm diesen vorher.',
      ],
    },
    'external-identity-linked': {
      subject: 'Sie können sich jetzt mit {{ provider }} anmelden',
      heading: '{{ provider }} ist mit Ihrem Konto verknüpft',
      lines: ['Seit {{ at }} kann sich ein Konto bei {{ provider }} bei Ihrem Lyceum-Konto anmelden.'],
      note: 'Wenn Sie das nicht waren, entfernen Sie es in Ihrem Profil, setzen Sie ein neues Passwort und beenden Sie Ihre anderen Sitzungen.',
    },
    'external-identity-unlinked': {
      subject: '{{ provider }} ist nicht mehr mit Ihrem Konto verknüpft',
      heading: 'Die Verknüpfung mit {{ provider }} ist aufgehoben',
      lines: [
        'Am {{ at }} wurde die Verknüpfung mit einem Konto bei {{ provider }} aufgehoben. Es kann sich bei Ihrem Lyceum-Konto nicht mehr anmelden.',
      ],
      note: 'Wenn Sie das nicht waren, setzen Sie ein neues Passwort und beenden Sie Ihre anderen Sitzungen.',
    },
    'recovery-code-used': {
      subject: 'Ein Wiederherstellungscode wurde benutzt',
      heading: 'Ein Wiederherstellungscode wurde benutzt',
      lines: [
        'Am {{ at }} wurde einer Ihrer Wiederherstellungscodes anstelle eines Codes Ihrer Authenticator-App benutzt.',
        'Übrige Wiederherstellungscodes: {{ codesLeft }}. Neue können Sie in Ihrem Profil erstellen lassen.',
      ],
      note: 'Wenn Sie das nicht waren, ändern Sie Ihr Passwort, beenden Sie Ihre anderen Sitzungen und lassen Sie neue Codes erstellen.',
    },
    'data-export-ready': {
      subject: 'Ihre Daten liegen bereit',
      heading: 'Alles, was wir über Sie gespeichert haben, liegt bereit',
      lines: [
        'Sie haben eine Kopie Ihrer Daten verlangt. Melden Sie sich an und holen Sie sie unter „Ihre Daten“ ab; sie liegt dort bis {{ expiresAt }}.',
        '{% if missing.size > 0 %}Einige Teile sind nicht rechtzeitig gekommen: {{ missing | join: ", " }}. Fragen Sie nach ihnen später noch einmal.{% else %}Sie ist vollständig.{% endif %}',
      ],
      note: 'Wenn Sie das nicht verlangt haben, ändern Sie Ihr Passwort und beenden Sie Ihre anderen Sitzungen: Ohne neue Anmeldung kann niemand außer Ihnen sie abholen.',
    },
    'erasure-scheduled': {
      subject: 'Ihr Konto wird am {{ dueAt }} gelöscht',
      heading: 'Ihr Konto wird gelöscht',
      lines: [
        'Am {{ at }} {% if by == "owner" %}haben Sie uns gebeten{% else %}wurde die Verwaltung gebeten{% endif %}, Ihr Konto und alles zu löschen, was wir über Sie gespeichert haben. Sie wurden überall abgemeldet.',
        'Das geschieht am {{ dueAt }}. Bis dahin können Sie sich wie immer anmelden und es in Ihrem Profil aufhalten.',
      ],
      note: 'Wenn Sie das nicht waren, melden Sie sich an, halten Sie es auf und ändern Sie Ihr Passwort.',
    },
    'erasure-cancelled': {
      subject: 'Ihr Konto bleibt',
      heading: 'Ihr Konto bleibt',
      lines: ['Am {{ at }} wurde die Löschung Ihres Kontos aufgehalten. Alles ist, wie es war.'],
      note: 'Wenn Sie das nicht waren, ändern Sie Ihr Passwort und beenden Sie Ihre anderen Sitzungen.',
    },
    'account-erased': {
      subject: 'Ihr Konto wurde gelöscht',
      heading: 'Auf Wiedersehen',
      lines: [
        'Am {{ at }} wurde Ihr Konto gelöscht, und alle Teile der Plattform vergessen Sie jetzt. Dies ist unsere letzte E-Mail an Sie.',
        'Die Seite hinter der Schaltfläche zeigt, was jeder Teil gelöscht hat, was er behalten muss und warum. Wer Sie waren, verrät sie niemandem.',
      ],
      action: { label: 'Quittung ansehen', url: '{{ publicUrl }}/erasure-receipt?token={{ token | url_encode }}' },
      note: 'Mit dieser Adresse können Sie sich jederzeit neu registrieren; es wird ein neues Konto sein.',
    },
    'new-device': {
      subject: 'Jemand hat sich mit einem neuen Gerät bei Ihrem Konto angemeldet',
      heading: 'Eine Anmeldung von neuer Stelle',
      lines: [
        'Am {{ at }} hat sich jemand bei Ihrem Konto angemeldet, mit einem Gerät oder aus einem Netz, das wir zuletzt nicht bei Ihnen gesehen haben: {% if browser %}{{ browser }}{% else %}ein uns unbekanntes Programm{% endif %}{% if system %} unter {{ system }}{% endif %}.',
        'Wenn Sie das waren, ist nichts zu tun.',
      ],
      note: 'Wenn Sie es nicht waren, kennt jemand Ihr Passwort: Wählen Sie sofort ein neues, notfalls über „Passwort vergessen“; dadurch werden alle anderen abgemeldet. Schalten Sie dann die Zwei-Faktor-Anmeldung ein.',
    },
    'recovery-codes-renewed': {
      subject: 'Sie haben neue Wiederherstellungscodes',
      heading: 'Ihre Wiederherstellungscodes wurden ersetzt',
      lines: [
        'Am {{ at }} wurden für Ihr Konto neue Wiederherstellungscodes erstellt. Die bisherigen gelten nicht mehr.',
      ],
      note: 'Wenn Sie das nicht waren, ändern Sie Ihr Passwort, beenden Sie Ihre anderen Sitzungen und lassen Sie neue Codes erstellen.',
    },
    'long-away': {
      subject: 'Ihre Kurse sind noch da',
      heading: 'Lange nicht gesehen',
      lines: [
        'Sie waren zuletzt am {{ at }} hier. Alles, was Sie begonnen haben, liegt noch da, wo Sie aufgehört haben.',
        'Schon zehn Minuten bringen Sie einen Schritt weiter.',
      ],
      action: { label: 'Weiterlernen', url: '{{ publicUrl }}/' },
      note: 'Dies ist die einzige Erinnerung: Wenn Sie nicht wiederkommen, schreiben wir Ihnen deswegen nicht noch einmal. Wenn Sie kein Konto mehr möchten, können Sie es in Ihrem Profil schließen.',
    },
    'payment-received': {
      subject: 'Zahlung erhalten: {{ courseTitle }}',
      heading: 'Danke, Ihre Zahlung ist angekommen',
      lines: ['Dies ist Ihre Quittung.'],
      facts: [
        ['Kurs', '{{ courseTitle }}'],
        ['Betrag', '{{ amount }}'],
        ['Datum', '{{ at }}'],
        ['Zahlung', '{{ paymentId }}'],
      ],
    },
    'payment-declined': {
      subject: 'Zahlung abgelehnt: {{ courseTitle }}',
      heading: 'Ihre Zahlung wurde abgelehnt',
      lines: [
        'Ihre Bank hat die Zahlung für „{{ courseTitle }}“ abgelehnt. Es wurde nichts abgebucht.',
        'Sie können es noch einmal versuchen, auch mit einer anderen Karte, solange die Zahlungsseite offen ist, oder neu bestellen.',
      ],
      facts: [
        ['Grund', '{{ reason }}'],
        ['Datum', '{{ at }}'],
      ],
    },
    'payment-refunded': {
      subject: 'Erstattung: {{ amount }} für {{ courseTitle }}',
      heading: 'Ihre Erstattung ist unterwegs',
      lines: [
        '{% if full %}Sie erhalten Ihre Zahlung vollständig zurück.{% else %}Sie erhalten einen Teil Ihrer Zahlung zurück.{% endif %} Bis Ihre Bank sie zeigt, vergehen einige Tage.',
      ],
      facts: [
        ['Kurs', '{{ courseTitle }}'],
        ['Insgesamt erstattet', '{{ amount }}'],
        ['Datum', '{{ at }}'],
        ['Zahlung', '{{ paymentId }}'],
      ],
    },
    'enrolment-active': {
      subject: 'Sie sind eingeschrieben: {{ courseTitle }}',
      heading: 'Sie sind eingeschrieben',
      lines: ['„{{ courseTitle }}“ gehört ab jetzt Ihnen. Wir wünschen viel Freude beim Lernen.'],
    },
    'enrolment-ended': {
      subject: 'Ihre Einschreibung ist beendet: {{ courseTitle }}',
      heading: 'Ihre Einschreibung ist beendet',
      lines: [
        'Sie haben keinen Zugang mehr zu „{{ courseTitle }}“{% case reason %}{% when "refunded" %}, weil die Zahlung erstattet wurde{% when "expired" %}, weil die Zeit abgelaufen ist{% when "cancelled" %}, weil die Einschreibung gekündigt wurde{% endcase %}.',
        'Ihr Fortschritt bleibt erhalten, und erworbene Zertifikate bleiben gültig.',
      ],
    },
    'learning-not-begun': {
      subject: 'Ihr Kurs wartet: {{ courseTitle }}',
      heading: 'Fangen wir an?',
      lines: [
        'Seit {{ at }} gehört „{{ courseTitle }}“ Ihnen, und die erste Lektion liegt noch vor Ihnen.',
        'Für den Anfang genügen ein paar Minuten.',
      ],
      action: { label: 'Kurs öffnen', url: course },
      note: 'Wir erinnern nur ein einziges Mal an einen Kurs.',
    },
    'certificate-issued': {
      subject: 'Ihr Zertifikat: {{ courseTitle }}',
      heading: 'Herzlichen Glückwunsch!',
      lines: [
        'Sie haben „{{ courseTitle }}“ abgeschlossen, und Ihr Zertifikat ist fertig.',
        'Wem Sie die Adresse unten geben, der kann es prüfen.',
      ],
      facts: [
        ['Kurs', '{{ courseTitle }}'],
        ['Ausgestellt', '{{ at }}'],
        ['Code', '{{ code }}'],
      ],
      action: { label: 'Zertifikat ansehen', url: certificate },
    },
  },
  inApp: {
    'payment-received': {
      title: 'Zahlung erhalten',
      body: 'Ihre Zahlung von {{ amount }} für „{{ courseTitle }}“ ist angekommen.',
      link: '{{ publicUrl }}/payments/{{ paymentId }}',
    },
    'payment-declined': {
      title: 'Zahlung abgelehnt',
      body: 'Ihre Zahlung für „{{ courseTitle }}“ wurde abgelehnt. Es wurde nichts abgebucht.',
      link: course,
    },
    'payment-refunded': {
      title: 'Zahlung erstattet',
      body: 'Sie erhalten {{ amount }} für „{{ courseTitle }}“ zurück.',
      link: '{{ publicUrl }}/payments/{{ paymentId }}',
    },
    'enrolment-active': {
      title: 'Sie sind eingeschrieben',
      body: '„{{ courseTitle }}“ gehört ab jetzt Ihnen.',
      link: course,
    },
    'enrolment-ended': {
      title: 'Ihre Einschreibung ist beendet',
      body: 'Sie haben keinen Zugang mehr zu „{{ courseTitle }}“.',
      link: course,
    },
    'learning-not-begun': {
      title: 'Ihr Kurs wartet',
      body: 'Sie haben „{{ courseTitle }}“ noch nicht begonnen. Für den Anfang genügen ein paar Minuten.',
      link: course,
    },
    'course-completed': {
      title: 'Kurs abgeschlossen',
      body: 'Sie haben alles in „{{ courseTitle }}“ abgeschlossen.',
      link: course,
    },
    'certificate-issued': {
      title: 'Ihr Zertifikat ist fertig',
      body: 'Das Zertifikat für „{{ courseTitle }}“ lässt sich mit dem Code {{ code }} prüfen.',
      link: certificate,
    },
    'course-published': {
      title:
        '{% if edition == 1 %}Ihr Kurs ist veröffentlicht{% else %}Ihre neue Ausgabe ist veröffentlicht{% endif %}',
      body: '„{{ courseTitle }}“ ist{% if edition > 1 %} in Ausgabe {{ edition }}{% endif %} veröffentlicht.',
      link: course,
    },
    'learner-enrolled': {
      title: 'Neue Einschreibung',
      body: 'Jemand hat sich in Ihren Kurs „{{ courseTitle }}“ eingeschrieben.',
      link: course,
    },
    'media-rejected': {
      title: 'Eine Datei wurde abgelehnt',
      body: '„{{ fileName }}“ kann nicht verwendet werden: {{ reason }}',
    },
  },
};

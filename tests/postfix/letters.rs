//! The messages that several tests send.

/// A plain mail.
pub fn plain(from: &str, to: &str, subject: &str, text: &str) -> String {
    let id =
        format!("{}@letters.test", subject.to_lowercase().replace(|c: char| !c.is_ascii_alphanumeric(), "-"));
    format!(
        "From: {from}\nTo: {to}\nSubject: {subject}\nDate: Sun, 22 Nov 2026 10:00:00 +0100\nMessage-ID: <{id}>\n\
         MIME-Version: 1.0\nContent-Type: text/plain; charset=UTF-8\nContent-Transfer-Encoding: 8bit\n\n{text}\n"
    )
}

/// What a Spanish web form sends.
pub const SPANISH_FORM: &str = "\
From: Web <web@crm.test>
To: info@crm.test
Subject: Nueva solicitud
Date: Sun, 22 Nov 2026 10:00:00 +0100
Message-ID: <form-es@www.crm.test>
MIME-Version: 1.0
Content-Type: text/plain; charset=UTF-8
Content-Transfer-Encoding: 8bit

-----------------------------
Mensaje: Me interesa la vivienda.
¿Podría verla esta semana?
Nombre: Lucía Marín
Teléfono: 600 112 233
Email: lucia@cliente.test
Referencia: REF-77
-----------------------------
";

/// What an English web form sends, as HTML.
pub const ENGLISH_FORM: &str = "\
From: Website <noreply@forms.test>
To: info@crm.test
Subject: New enquiry
Date: Sun, 22 Nov 2026 10:00:00 +0100
Message-ID: <form-en@forms.test>
MIME-Version: 1.0
Content-Type: text/html; charset=UTF-8

<html><body><table>
<tr><td>Name:</td><td>John Smith</td></tr>
<tr><td>Phone:</td><td>+44 20 7946 0958</td></tr>
<tr><td>Email:</td><td>john@client.test</td></tr>
<tr><td>Message:</td><td>Please call me.</td></tr>
</table></body></html>
";

/// A colleague's forward with the original quoted inline.
pub const INLINE_FORWARD: &str = "\
From: Ana Torres <ana@crm.test>
To: log@crm.test
Subject: Fwd: Presupuesto para la oficina
Date: Sun, 22 Nov 2026 10:10:00 +0100
Message-ID: <fwd-inline@crm.test>
MIME-Version: 1.0
Content-Type: text/plain; charset=UTF-8

Para que conste.

---------- Forwarded message ---------
From: Carlos Ruiz <carlos@oficinas.test>
Date: Fri, 20 Nov 2026 at 17:42
Subject: Presupuesto para la oficina
To: Ana Torres <ana@crm.test>


We need an offer for 200 m2.

Carlos
";

/// A colleague's forward with the original attached.
pub const ATTACHED_FORWARD: &str = "\
From: Ana Torres <ana@crm.test>
To: log@crm.test
Subject: Fwd: Lift
Date: Sun, 22 Nov 2026 10:10:00 +0100
Message-ID: <fwd-attached@crm.test>
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=\"b\"

--b
Content-Type: text/plain; charset=UTF-8

See below.
--b
Content-Type: message/rfc822
Content-Disposition: attachment; filename=\"original.eml\"

From: Marta Gil <marta@lift.test>
To: Ana Torres <ana@crm.test>
Subject: Lift
Date: Thu, 19 Nov 2026 09:00:00 +0100
Message-ID: <original@lift.test>
MIME-Version: 1.0
Content-Type: text/plain; charset=UTF-8

The lift is out of order.

--b--
";

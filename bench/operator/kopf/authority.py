"""The operator's CA and the certificates that it issues."""

import base64
import datetime
import hashlib
from dataclasses import dataclass
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

LIFETIME = datetime.timedelta(days=3650)
LEAF_LIFETIME = datetime.timedelta(days=90)
RENEW_BEFORE_END = LEAF_LIFETIME / 3


@dataclass(frozen=True, slots=True)
class Authority:
    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey
    pem: bytes
    issuer: str
    bundle: str

    def serves(self, held: dict[str, Any] | None, now: datetime.datetime) -> bool:
        """Whether a certificate is still good, by what the bot's status remembers of it."""
        if not held or held["issuer"] != self.issuer or held["bundle"] != self.bundle:
            return False
        return now < datetime.datetime.fromisoformat(held["notAfter"]) - RENEW_BEFORE_END

    def issue(self, names: list[str], now: datetime.datetime) -> tuple[dict[str, str], dict[str, str]]:
        """A new key pair and certificate: the data of the Secret and what the status remembers."""
        key = ec.generate_private_key(ec.SECP256R1())
        not_before = now.replace(microsecond=0)
        certificate = (
            _builder(names[0], self.certificate.subject, not_before, LEAF_LIFETIME)
            .public_key(key.public_key())
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(name) for name in names]), critical=False)
            .sign(self.key, hashes.SHA256())
        )
        pem = certificate.public_bytes(serialization.Encoding.PEM)
        status = {
            "serial": f"{certificate.serial_number:x}",
            "issuer": self.issuer,
            "bundle": self.bundle,
            "notBefore": _text(not_before),
            "notAfter": _text(not_before + LEAF_LIFETIME),
        }
        return _encoded({"tls.crt": pem, "tls.key": _private_pem(key), "ca.crt": self.pem}), status


def make(now: datetime.datetime) -> dict[str, str]:
    """The data of a Secret with a new CA."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "callbot CA")])
    certificate = (
        _builder("callbot CA", name, now.replace(microsecond=0), LIFETIME)
        .public_key(key.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    return _encoded({
        "tls.crt": certificate.public_bytes(serialization.Encoding.PEM),
        "tls.key": _private_pem(key),
    })


def load(data: dict[str, str]) -> Authority:
    pem = base64.b64decode(data["tls.crt"])
    certificate = x509.load_pem_x509_certificate(pem)
    key = serialization.load_pem_private_key(base64.b64decode(data["tls.key"]), password=None)
    bundle = hashlib.sha256(pem).hexdigest()
    return Authority(certificate, key, pem, f"{certificate.serial_number:x}", bundle)


def _builder(name: str, issuer: x509.Name, start: datetime.datetime, lifetime: datetime.timedelta):
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name[:64])])
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + lifetime)
    )


def _private_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )


def _encoded(files: dict[str, bytes]) -> dict[str, str]:
    return {name: base64.b64encode(content).decode() for name, content in files.items()}


def _text(time: datetime.datetime) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")

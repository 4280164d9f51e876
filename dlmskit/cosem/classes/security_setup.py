"""Security setup (class 64): policy, suite, system titles and certificates of an association.

Source: Blue Book, Security setup; two public implementations agree. Keys and what is wrapped are secret.
"""

from dlmskit.cosem.interface import LOGICAL_NAME, InterfaceClass, Method, dynamic, next_version, static
from dlmskit.cosem.types import OCTET_STRING, array_of, choice, enumerated, flags, structure
from dlmskit.enums import DataType

POLICY_0 = enumerated("none", "authenticated", "encrypted", "authenticated-and-encrypted")
POLICY_1 = flags(
    "bit-0",
    "bit-1",
    "authenticated-request",
    "encrypted-request",
    "digitally-signed-request",
    "authenticated-response",
    "encrypted-response",
    "digitally-signed-response",
    tag=DataType.ENUM,
)
SUITE = enumerated("aes-gcm-128", "ecdh-ecdsa-aes-gcm-128-sha-256", "ecdh-ecdsa-aes-gcm-256-sha-384")
KEY_ID = enumerated(
    "global-unicast-encryption-key", "global-broadcast-encryption-key", "authentication-key", "master-key"
)
KEY_PAIR = enumerated("digital-signature", "key-agreement", "tls")
CERTIFICATE_ENTITY = enumerated("server", "client", "certification-authority", "other")
CERTIFICATE_TYPE = enumerated("digital-signature", "key-agreement", "tls", "other")
CERTIFICATE = structure(
    certificate_entity=CERTIFICATE_ENTITY,
    certificate_type=CERTIFICATE_TYPE,
    serial_number=OCTET_STRING,
    issuer=OCTET_STRING,
    subject=OCTET_STRING,
    subject_alt_name=OCTET_STRING,
)
CERTIFICATE_IDENTIFICATION = structure(
    certificate_identification_type=enumerated("entity", "serial-number"),
    certification_identification_options=choice(
        structure(
            certificate_entity=CERTIFICATE_ENTITY,
            certificate_type=CERTIFICATE_TYPE,
            system_title=OCTET_STRING,
        ),
        structure(serial_number=OCTET_STRING, issuer=OCTET_STRING),
    ),
)
WRAPPED_KEYS = array_of(structure(key_id=KEY_ID, key_wrapped=OCTET_STRING))
AGREED_KEYS = array_of(structure(key_id=KEY_ID, key_data=OCTET_STRING))

SECURITY_SETUP_0 = InterfaceClass(
    64,
    0,
    "Security setup",
    (
        LOGICAL_NAME,
        static(2, "security_policy", POLICY_0),
        static(3, "security_suite", SUITE),
        dynamic(4, "client_system_title", OCTET_STRING),
        static(5, "server_system_title", OCTET_STRING),
    ),
    (Method(1, "security_activate", POLICY_0), Method(2, "global_key_transfer", WRAPPED_KEYS)),
)
SECURITY_SETUP_1 = next_version(
    SECURITY_SETUP_0,
    1,
    attributes=(static(2, "security_policy", POLICY_1), dynamic(6, "certificates", array_of(CERTIFICATE))),
    methods=(
        Method(1, "security_activate", POLICY_1),
        Method(2, "key_transfer", WRAPPED_KEYS),
        Method(3, "key_agreement", AGREED_KEYS, AGREED_KEYS),
        Method(4, "generate_key_pair", KEY_PAIR),
        Method(5, "generate_certificate_request", KEY_PAIR, OCTET_STRING),
        Method(6, "import_certificate", OCTET_STRING),
        Method(7, "export_certificate", CERTIFICATE_IDENTIFICATION, OCTET_STRING),
        Method(8, "remove_certificate", CERTIFICATE_IDENTIFICATION),
    ),
)

VERSIONS = (SECURITY_SETUP_0, SECURITY_SETUP_1)

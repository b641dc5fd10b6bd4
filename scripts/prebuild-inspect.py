"""What a built module is, as JSON: read by scripts/prebuild-check.mjs."""

import hashlib
import json
import struct
import sys

import lief

CODE_DIRECTORY = 0xFADE0C02


def unsigned_pages(data, offset):
    """How many pages of the file are not what its signature says: macOS on arm64 ends a process that maps one."""
    count = struct.unpack_from(">I", data, offset + 8)[0]
    blobs = [offset + struct.unpack_from(">II", data, offset + 12 + 8 * i)[1] for i in range(count)]
    directory = next(blob for blob in blobs if struct.unpack_from(">I", data, blob)[0] == CODE_DIRECTORY)
    hashes, _, _, slots, limit, size, kind, _, page = struct.unpack_from(">IIIIIBBBB", data, directory + 16)
    if kind != 2:
        raise ValueError(f"the signature has hashes of kind {kind}, not SHA-256")
    wrong = 0
    for slot in range(slots):
        start = slot << page
        found = hashlib.sha256(data[start : min(start + (1 << page), limit)]).digest()[:size]
        at = directory + hashes + slot * size
        wrong += found != data[at : at + size]
    return wrong


def elf(binary, _):
    versions = [aux.name for need in binary.symbols_version_requirement for aux in need.get_auxiliary_symbols()]
    flags = binary.get(lief.ELF.DynamicEntry.TAG.FLAGS_1)
    paths = [entry.name for entry in binary.dynamic_entries if entry.tag.name in ("RPATH", "RUNPATH")]
    exported = [symbol.name for symbol in binary.exported_symbols]
    return {
        "machine": binary.header.machine_type.name,
        "needs": list(binary.libraries),
        "versions": versions,
        "unloads": flags is None or lief.ELF.DynamicEntryFlags.FLAG.NODELETE not in flags.flags,
        "paths": paths,
        "exports": exported,
        "symbols": len(binary.symtab_symbols),
    }


def macho(binary, data):
    signature = binary.code_signature if binary.has_code_signature else None
    return {
        "machine": binary.header.cpu_type.name,
        "needs": [lib.name for lib in binary.libraries if lib.command.name != "ID_DYLIB"],
        "install_name": [lib.name for lib in binary.libraries if lib.command.name == "ID_DYLIB"],
        "minimum": list(binary.build_version.minos) if binary.has_build_version else list(binary.version_min.version),
        "signed": signature is not None,
        "unsigned_pages": unsigned_pages(data, signature.data_offset) if signature else 0,
        "exports": [symbol.name for symbol in binary.exported_symbols],
        "symbols": len(binary.symbols),
    }


def pe(binary, _):
    return {
        "machine": binary.header.machine.name,
        "needs": [library.name for library in binary.imports],
        "exports": [entry.name for entry in binary.get_export().entries] if binary.has_exports else [],
    }



lief.logging.disable()
path = sys.argv[1]
binary = lief.parse(path)
kind = binary.format.name
with open(path, "rb") as file:
    print(json.dumps({"format": kind, **{"ELF": elf, "MACHO": macho, "PE": pe}[kind](binary, file.read())}))

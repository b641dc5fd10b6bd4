"""What a built module is, as JSON: read by scripts/prebuild-check.mjs."""

import json
import sys

import lief


def elf(binary):
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


def macho(binary):
    signature = binary.code_signature if binary.has_code_signature else None
    return {
        "machine": binary.header.cpu_type.name,
        "needs": [lib.name for lib in binary.libraries if lib.command.name != "ID_DYLIB"],
        "install_name": [lib.name for lib in binary.libraries if lib.command.name == "ID_DYLIB"],
        "minimum": list(binary.build_version.minos) if binary.has_build_version else list(binary.version_min.version),
        "signed": signature is not None and signature.data_size > 0,
        "exports": [symbol.name for symbol in binary.exported_symbols],
        "symbols": len(binary.symbols),
    }


def pe(binary):
    return {
        "machine": binary.header.machine.name,
        "needs": [library.name for library in binary.imports],
        "exports": [entry.name for entry in binary.get_export().entries] if binary.has_exports else [],
    }


path = sys.argv[1]
binary = lief.parse(path)
kind = binary.format.name
print(json.dumps({"format": kind, **{"ELF": elf, "MACHO": macho, "PE": pe}[kind](binary)}))

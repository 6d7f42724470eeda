/** The configuration: declared once, read from file, environment and command line, checked. */
export { formatSocketAddress, type SocketAddress } from "./address_types.ts";
export type { Config } from "./config_type.ts";
export { ConfigError, type ConfigFault, type ConfigWarning, faultLine } from "./faults.ts";
export {
  ENVIRONMENT_UNSEEN,
  loadConfig,
  type LoadedConfig,
  type LoadOptions,
} from "./load_config.ts";
export { listenerAddresses } from "./listeners.ts";
export {
  missingPermissions,
  type NeededPermission,
  neededPermissions,
  permissionFlags,
  type PermissionUse,
} from "./needed_permissions.ts";
export { parseConfig, type ParsedConfig, type ParseOptions, type Setting } from "./parse_config.ts";
export type { NetworkAllowance } from "./network_types.ts";
export { mayKeep, mayRead, mayWrite } from "./permissions.ts";
export { readBoundedFile } from "./bounded_file.ts";
export { isEnvironmentListed } from "./read_environment.ts";
export type { Secret } from "./secret.ts";
export { suggest } from "./suggest.ts";
export { IN_MEMORY } from "./sections/database.ts";
export {
  areRecordsInMemory,
  blockSpoolPath,
  databasePath,
  type StoragePath,
} from "./storage_paths.ts";
export { stratumPlaces } from "./stratum_places.ts";

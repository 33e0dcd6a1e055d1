import { Clinical1764000000000 } from './1764000000000-clinical';
import { Auth1764000001000 } from './1764000001000-auth';
import { Groups1764000002000 } from './1764000002000-groups';
import { Export1764000003000 } from './1764000003000-export';
import { Audit1764000004000 } from './1764000004000-audit';
import { AuditActor1764000005000 } from './1764000005000-audit-actor';
import { FileEncoding1764100000000 } from './1764100000000-file-encoding';
import { FairTurns1764100300000 } from './1764100300000-fair-turns';
import { IdempotentKickOff1764100301000 } from './1764100301000-idempotent-kick-off';
import { Newcomers1764100400000 } from './1764100400000-newcomers';
import { StoreClock1764100401000 } from './1764100401000-store-clock';
import { ReplicaPosition1764100402000 } from './1764100402000-replica-position';
import { HistoryHorizon1764100403000 } from './1764100403000-history-horizon';
import { DeletedParts1764100600000 } from './1764100600000-deleted-parts';
import { FhirSearch1764100700000 } from './1764100700000-fhir-search';
import { PackedSegments1764100900000 } from './1764100900000-packed-segments';
import { ManifestPages1764101300000 } from './1764101300000-manifest-pages';
import { PackedProvenance1764101400000 } from './1764101400000-packed-provenance';
import { CoveringResourceKey1764101500000 } from './1764101500000-covering-resource-key';
import { CohortWithoutKey1764101600000 } from './1764101600000-cohort-without-key';
import { CohortShare1764101700000 } from './1764101700000-cohort-share';
import { WideRows1764101800000 } from './1764101800000-wide-rows';
import { SlotIndex1764101900000 } from './1764101900000-slot-index';
import { CoveringLinkKey1764102000000 } from './1764102000000-covering-link-key';
import { RarePatients1764102100000 } from './1764102100000-rare-patients';
import { PastIsClosed1764206000000 } from './1764206000000-past-is-closed';
import { UnresolvedReferences1764207000000 } from './1764207000000-unresolved-references';
import { EncryptedFiles1764208000000 } from './1764208000000-encrypted-files';
import { ServiceClock1764209000000 } from './1764209000000-service-clock';
import { ValidityViews1764214000000 } from './1764214000000-validity-views';
import { HistoryByPatient1764214001000 } from './1764214001000-history-by-patient';
import { FailedExports1764215000000 } from './1764215000000-failed-exports';
import { Feeds1764216000000 } from './1764216000000-feeds';
import { SourceTime1764216001000 } from './1764216001000-source-time';
import { WriteLicences1764217000000 } from './1764217000000-write-licences';
import { Followed1764218000000 } from './1764218000000-followed';
import { OperatedExports1764219000000 } from './1764219000000-operated-exports';
import { IdentifierHashes1764221000000 } from './1764221000000-identifier-hashes';
import { ReconciledExports1764222000000 } from './1764222000000-reconciled-exports';
import { Rosters1764230000000 } from './1764230000000-rosters';
import { UsedRosters1764230100000 } from './1764230100000-used-rosters';
import { RecordedCohorts1764235000000 } from './1764235000000-recorded-cohorts';
import { OperatorSessions1764240000000 } from './1764240000000-operator-sessions';
import { FilteredGroups1764242000000 } from './1764242000000-filtered-groups';

/** Every migration, oldest first. Append only: a migration that has been released never changes. */
export const MIGRATIONS = [
  Clinical1764000000000,
  Auth1764000001000,
  Groups1764000002000,
  Export1764000003000,
  Audit1764000004000,
  AuditActor1764000005000,
  FileEncoding1764100000000,
  FairTurns1764100300000,
  IdempotentKickOff1764100301000,
  Newcomers1764100400000,
  StoreClock1764100401000,
  ReplicaPosition1764100402000,
  HistoryHorizon1764100403000,
  DeletedParts1764100600000,
  FhirSearch1764100700000,
  PackedSegments1764100900000,
  ManifestPages1764101300000,
  PackedProvenance1764101400000,
  CoveringResourceKey1764101500000,
  CohortWithoutKey1764101600000,
  CohortShare1764101700000,
  WideRows1764101800000,
  SlotIndex1764101900000,
  CoveringLinkKey1764102000000,
  RarePatients1764102100000,
  PastIsClosed1764206000000,
  UnresolvedReferences1764207000000,
  EncryptedFiles1764208000000,
  ServiceClock1764209000000,
  ValidityViews1764214000000,
  HistoryByPatient1764214001000,
  FailedExports1764215000000,
  Feeds1764216000000,
  SourceTime1764216001000,
  WriteLicences1764217000000,
  Followed1764218000000,
  OperatedExports1764219000000,
  IdentifierHashes1764221000000,
  ReconciledExports1764222000000,
  Rosters1764230000000,
  UsedRosters1764230100000,
  RecordedCohorts1764235000000,
  OperatorSessions1764240000000,
  FilteredGroups1764242000000,
];

/**
 * Root elements by type, in the order of R4 (4.0.1). Generated: `node scripts/run.mjs elements`.
 * `!` is mandatory, `?` a modifier; `value[Quantity,string]` is a choice of types.
 */
// oxfmt-ignore
export const R4_ELEMENTS: Readonly<Record<string, string>> = {
  AllergyIntolerance:
    'id meta implicitRules? language text contained extension modifierExtension? identifier clinicalStatus? verificationStatus? type category criticality code patient! encounter onset[dateTime,Age,Period,Range,string] recordedDate recorder asserter lastOccurrence note reaction',
  Binary:
    'id meta implicitRules? language contentType! securityContext data url',
  CarePlan:
    'id meta implicitRules? language text contained extension modifierExtension? identifier instantiatesCanonical instantiatesUri basedOn replaces partOf status!? intent!? category title description subject! encounter period created author contributor careTeam addresses supportingInfo goal activity note',
  CareTeam:
    'id meta implicitRules? language text contained extension modifierExtension? identifier status? category name subject encounter period participant reasonCode reasonReference managingOrganization telecom note',
  Condition:
    'id meta implicitRules? language text contained extension modifierExtension? identifier clinicalStatus? verificationStatus? category severity code bodySite subject! encounter onset[dateTime,Age,Period,Range,string] abatement[dateTime,Age,Period,Range,string] recordedDate recorder asserter stage evidence note',
  Device:
    'id meta implicitRules? language text contained extension modifierExtension? identifier definition udiCarrier status? statusReason distinctIdentifier manufacturer manufactureDate expirationDate lotNumber serialNumber deviceName modelNumber partNumber type specialization version property patient owner contact location url note safety parent',
  DiagnosticReport:
    'id meta implicitRules? language text contained extension modifierExtension? identifier basedOn status!? category code! subject encounter effective[dateTime,Period] issued performer resultsInterpreter specimen result imagingStudy media conclusion conclusionCode presentedForm',
  DocumentReference:
    'id meta implicitRules? language text contained extension modifierExtension? masterIdentifier identifier status!? docStatus type category subject date author authenticator custodian relatesTo description securityLabel content! context',
  Encounter:
    'id meta implicitRules? language text contained extension modifierExtension? identifier status!? statusHistory class! classHistory type serviceType priority subject episodeOfCare basedOn participant appointment period length reasonCode reasonReference diagnosis account hospitalization location serviceProvider partOf',
  Goal:
    'id meta implicitRules? language text contained extension modifierExtension? identifier lifecycleStatus!? achievementStatus category priority description! subject! start[date,CodeableConcept] target statusDate statusReason expressedBy addresses note outcomeCode outcomeReference',
  Group:
    'id meta implicitRules? language text contained extension modifierExtension? identifier active type! actual! code name quantity managingEntity characteristic member',
  Immunization:
    'id meta implicitRules? language text contained extension modifierExtension? identifier status!? statusReason vaccineCode! patient! encounter occurrence[dateTime,string]! recorded primarySource reportOrigin location manufacturer lotNumber expirationDate site route doseQuantity performer note reasonCode reasonReference isSubpotent? subpotentReason education programEligibility fundingSource reaction protocolApplied',
  Location:
    'id meta implicitRules? language text contained extension modifierExtension? identifier status? operationalStatus name alias description mode type telecom address physicalType position managingOrganization partOf hoursOfOperation availabilityExceptions endpoint',
  Medication:
    'id meta implicitRules? language text contained extension modifierExtension? identifier code status? manufacturer form amount ingredient batch',
  MedicationAdministration:
    'id meta implicitRules? language text contained extension modifierExtension? identifier instantiates partOf status!? statusReason category medication[CodeableConcept,Reference]! subject! context supportingInformation effective[dateTime,Period]! performer reasonCode reasonReference request device note dosage eventHistory',
  MedicationRequest:
    'id meta implicitRules? language text contained extension modifierExtension? identifier status!? statusReason intent!? category priority doNotPerform? reported[boolean,Reference] medication[CodeableConcept,Reference]! subject! encounter supportingInformation authoredOn requester performer performerType recorder reasonCode reasonReference instantiatesCanonical instantiatesUri basedOn groupIdentifier courseOfTherapyType insurance note dosageInstruction dispenseRequest substitution priorPrescription detectedIssue eventHistory',
  MedicationStatement:
    'id meta implicitRules? language text contained extension modifierExtension? identifier basedOn partOf status!? statusReason category medication[CodeableConcept,Reference]! subject! context effective[dateTime,Period] dateAsserted informationSource derivedFrom reasonCode reasonReference note dosage',
  Observation:
    'id meta implicitRules? language text contained extension modifierExtension? identifier basedOn partOf status!? category code! subject focus encounter effective[dateTime,Period,Timing,instant] issued performer value[Quantity,CodeableConcept,string,boolean,integer,Range,Ratio,SampledData,time,dateTime,Period] dataAbsentReason interpretation note bodySite method specimen device referenceRange hasMember derivedFrom component',
  Organization:
    'id meta implicitRules? language text contained extension modifierExtension? identifier active? type name alias telecom address partOf contact endpoint',
  Patient:
    'id meta implicitRules? language text contained extension modifierExtension? identifier active? name telecom gender birthDate deceased[boolean,dateTime]? address maritalStatus multipleBirth[boolean,integer] photo contact communication generalPractitioner managingOrganization link?',
  Practitioner:
    'id meta implicitRules? language text contained extension modifierExtension? identifier active name telecom address gender birthDate photo qualification communication',
  PractitionerRole:
    'id meta implicitRules? language text contained extension modifierExtension? identifier active period practitioner organization code specialty location healthcareService telecom availableTime notAvailable availabilityExceptions endpoint',
  Procedure:
    'id meta implicitRules? language text contained extension modifierExtension? identifier instantiatesCanonical instantiatesUri basedOn partOf status!? statusReason category code subject! encounter performed[dateTime,Period,string,Age,Range] recorder asserter performer location reasonCode reasonReference bodySite outcome report complication complicationDetail followUp note focalDevice usedReference usedCode',
  Provenance:
    'id meta implicitRules? language text contained extension modifierExtension? target! occurred[Period,dateTime] recorded! policy location reason activity agent! entity signature',
  RelatedPerson:
    'id meta implicitRules? language text contained extension modifierExtension? identifier active? patient! relationship name telecom gender birthDate address photo period communication',
};

/** lineItem/ProductCode → FOCUS ServiceCategory. What is not here is `Other`. */
const products: Record<string, string> = {
  'AI and Machine Learning':
    'AmazonBedrock AmazonBedrockService AmazonSageMaker AmazonRekognition AmazonTextract AmazonPolly AmazonLex transcribe translate comprehend AmazonKendra AmazonPersonalize AmazonForecast AmazonQ AmazonAugmentedAI comprehendmedical AWSHealthLake AmazonBedrockFoundationModels',
  Analytics:
    'AmazonAthena AWSGlue AmazonKinesis AmazonKinesisFirehose AmazonKinesisAnalytics ElasticMapReduce AmazonES AmazonQuickSight AWSLakeFormation AmazonMSK AWSDataExchange AmazonCloudSearch datapipeline AmazonDataZone',
  'Business Applications':
    'AmazonConnect AmazonWorkDocs AmazonWorkMail AmazonChime AmazonSES AmazonPinpoint AmazonHoneycode',
  Compute:
    'AmazonEC2 AWSLambda AmazonECS AmazonEKS AmazonECR AmazonECRPublic AmazonLightsail AWSAppRunner AWSElasticBeanstalk AWSBatch AWSOutposts AmazonEVS AWSComputeOptimizer',
  Databases:
    'AmazonRDS AmazonDynamoDB AmazonElastiCache AmazonRedshift AmazonNeptune AmazonDocDB AmazonMemoryDB AmazonTimestream AmazonKeyspaces AmazonMCS AWSDatabaseMigrationSvc AmazonDAX AmazonQLDB AmazonSimpleDB AuroraDSQL',
  'Developer Tools':
    'AWSCodePipeline CodeBuild AWSCodeCommit AWSCodeArtifact AWSCodeDeploy AWSXRay AWSCloud9 AWSCloudShell AWSDeviceFarm AWSFIS',
  'End User Computing': 'AmazonWorkSpaces AmazonAppStream AmazonWorkSpacesWeb',
  Identity: 'AmazonCognito AWSDirectoryService AWSIAMAccessAnalyzer',
  Integration:
    'AWSQueueService AmazonSNS AmazonStates AWSEvents AmazonMQ AmazonSWF AWSAppSync AmazonApiGateway AWSB2Bi AmazonMWAA AWSMigrationHubRefactorSpaces',
  'Internet of Things':
    'AWSIoT AWSIoTAnalytics AWSGreengrass IoTDeviceManagement IoTDeviceDefender AWSIoTEvents AWSIoTSiteWise AmazonFreeRTOS',
  'Management and Governance':
    'AmazonCloudWatch AWSCloudTrail AWSConfig AWSBudgets AWSSystemsManager AWSCostExplorer AWSServiceCatalog AWSControlTower AWSSupportEnterprise AWSSupportBusiness AWSSupportDeveloper AWSCloudFormation AmazonPrometheus AmazonGrafana AWSResilienceHub AWSCostAndUsageReport ComputeSavingsPlans AWSDeveloperSupport',
  Media:
    'AWSElementalMediaConvert AWSElementalMediaLive AWSElementalMediaPackage AWSElementalMediaStore AmazonIVS AmazonETS AWSElementalMediaTailor',
  Migration: 'AWSTransfer AWSDataSync AWSMigrationHub AWSApplicationMigrationService IngestionServiceSnowball',
  Networking:
    'AmazonVPC AWSDataTransfer AmazonCloudFront AmazonRoute53 AWSELB AWSDirectConnect AWSGlobalAccelerator AmazonVPCLattice AWSTransitGateway AWSCloudMap AWSNetworkFirewall AWSPrivateCertificateAuthority',
  Security:
    'AmazonGuardDuty AWSSecretsManager awskms AWSKMS AWSWAF AWSShield AmazonInspector AmazonInspectorV2 AmazonMacie AWSSecurityHub AWSCertificateManager AWSCloudHSM AmazonDetective CloudHSM AWSFMS AuditManager AWSPaymentCryptography',
  Storage:
    'AmazonS3 AmazonEFS AmazonFSx AmazonGlacier AWSBackup AWSStorageGateway AmazonS3GlacierDeepArchive AWSElasticDisasterRecovery AmazonFileCache',
}

export const serviceCategories: Record<string, string> = Object.fromEntries(
  Object.entries(products).flatMap(([category, codes]) => codes.split(' ').map((code) => [code, category])),
)

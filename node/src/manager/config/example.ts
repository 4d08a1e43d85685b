/** A manager's file as somebody begins with: the least that it needs, and what is changed most. */
export const FILE_EXAMPLE = `cluster_manager:
  id: main
  name: Main manager
  capabilities: [formation, communication, scaling, stability]
  relationships:
    clusters: [document-brief, code-review]
    orchestrator: http://127.0.0.1:9400/reports
    gateways:
      - { from: document-brief, to: code-review, topics: [findings] }
    weights: { code-review: 2 }
  databases:
    clusters: manager_clusters
    communication: manager_communication
    performance: manager_performance
  formation_interval: 60
  scaling_interval: 30s
  alert_thresholds:
    cluster_size: [3, 10]
    communication_latency: 1000
    resource_usage: 0.8
    stability_score: 0.9
  alert_sinks:
    - { kind: log }
    - { kind: webhook, name: pager, url: https://pager.example.org/hooks/pleiad, secret_file: alert.secret }
    - { kind: alertmanager, name: am, url: http://127.0.0.1:9093 }
  policy:
    plan_wei_max: 0.01 ether
    day_wei_max: 0.05 ether
    restarts_max: 3
`;

"""What watches the service: rules, dashboard and policies for those who already have Prometheus, Grafana or Google Cloud."""

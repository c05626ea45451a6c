"""Writes the dashboards: `python -m deploy.grafana.build`. Titles are Spanish; a test keeps the files fresh.

Every expression is run against a running system by tests/e2e/test_promql.py, so none can ask for what does not exist.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from deploy.grafana.panels import Panel, Query, dashboard, stat

FOLDER = Path(__file__).parent / "dashboards"
_RED, _ORANGE = "red", "orange"
_ANY = ((1, _RED),)

DESK = dashboard(
    "ventanilla-mesa",
    "Ventanilla: la mesa de consultas",
    "Qué entra, qué se responde, qué está por vencer. Para quien dirige la mesa.",
    (
        stat("Abiertas", "Consultas que alguien debe atender.", "sum(ventanilla_insights_cases)"),
        stat(
            "Sin asesor",
            "Nadie disponible puede tomarlas.",
            'ventanilla_insights_cases{state="unstaffed"}',
            limits=_ANY,
        ),
        stat("En revisión", "Esperan que una persona elija el tema.", 'ventanilla_insights_cases{state="triage"}'),
        stat("En riesgo", "Avisadas; todavía a tiempo.", "ventanilla_insights_cases_at_risk", limits=((1, _ORANGE),)),
        stat("Vencidas", "Pasado el plazo y sin responder.", "ventanilla_insights_cases_breached", limits=_ANY),
        stat("Municipalidades", "Que alguna vez consultaron.", "ventanilla_insights_municipalities_asked"),
        Panel(
            title="Consultas por estado",
            about="Abiertas, según el estado de su caso.",
            queries=(Query("ventanilla_insights_cases", "{{state}}"),),
            width=12,
        ),
        Panel(
            title="Flujo por minuto",
            about="Enviadas, aplicadas en asignación y asignadas.",
            queries=(
                Query("sum(rate(ventanilla_intake_consultations_submitted_total[5m])) * 60", "enviadas"),
                Query("sum(rate(ventanilla_routing_cases_opened_total[5m])) * 60", "abiertas"),
                Query("sum(rate(ventanilla_routing_cases_ended_total[5m])) * 60", "terminadas"),
            ),
            width=12,
        ),
        Panel(
            title="Asignación",
            about="Qué pasó con los casos que necesitaban asesor.",
            queries=(
                Query("sum by (outcome) (rate(ventanilla_routing_assignment_outcomes_total[5m])) * 60", "{{outcome}}"),
            ),
        ),
        Panel(
            title="Del envío al asesor (p95)",
            about="Segundos entre el envío y la asignación, en la última hora.",
            queries=(Query("ventanilla:assignment_seconds:p95_1h", "p95"),),
            unit="s",
        ),
        Panel(
            title="Plazos",
            about="En riesgo y vencidas sin responder.",
            queries=(
                Query("ventanilla_insights_cases_at_risk", "en riesgo"),
                Query("ventanilla_insights_cases_breached", "vencidas"),
            ),
        ),
        Panel(
            title="Confianza del clasificador",
            about="Media de un día; una caída pide leer una muestra.",
            queries=(Query("ventanilla:classification_confidence:mean1d", "media"),),
            unit="percentunit",
        ),
        Panel(
            title="Tiempo de clasificar (p95)",
            about="Por consulta.",
            queries=(
                Query(
                    "ventanilla:classification_seconds:p95_5m",
                    "p95",
                ),
            ),
            unit="s",
        ),
        Panel(
            title="Consultas que asignación aún no tomó",
            about="Edad de la más antigua. Debe quedarse cerca de cero.",
            queries=(Query("ventanilla_insights_unclassified_oldest_seconds", "la más antigua"),),
            unit="s",
        ),
    ),
)

DELIVERY = dashboard(
    "ventanilla-entrega",
    "Ventanilla: entrega de eventos y mensajes",
    "Bandejas, colas, cartas muertas, relojes, correo y SMS. Para quien opera.",
    (
        stat(
            "Cartas muertas",
            "Eventos que agotaron sus intentos.",
            'sum(service_status:ventanilla_inbox_events:max{status="dead"})',
            limits=_ANY,
        ),
        stat(
            "Desconocidos",
            "Esperan una actualización.",
            'sum(service_status:ventanilla_inbox_events:max{status="unknown"})',
            limits=((1, _ORANGE),),
        ),
        stat("Cuarentena", "No se pudieron creer o leer.", "sum(service:ventanilla_quarantined:max)", limits=_ANY),
        stat("En Redis", "Mensajes en todas las colas.", "sum(subscriber:ventanilla_queue_messages:max)"),
        stat(
            "El más antiguo por salir",
            "De todas las bandejas.",
            "max(service_subscriber:ventanilla_outbox_oldest_seconds:max)",
            unit="s",
            limits=((60, _RED),),
        ),
        stat(
            "Pérdidas de Redis vistas",
            "Desde el comienzo; todo se volvió a publicar.",
            "max(service:ventanilla_broker_resets:max)",
        ),
        Panel(
            title="Publicados",
            about="Entregas por segundo, por servicio que publica.",
            queries=(Query("service:ventanilla_events_published:rate5m", "{{service}}"),),
            unit="ops",
        ),
        Panel(
            title="Aplicados",
            about="Eventos por segundo, por servicio que recibe.",
            queries=(Query("service:ventanilla_events_applied:rate5m", "{{service}}"),),
            unit="ops",
        ),
        Panel(
            title="Del hecho a su efecto (p95)",
            about="Cuánto tarda un evento en llegar y aplicarse.",
            queries=(Query("service:ventanilla_event_delay_seconds:p95_5m", "{{service}}"),),
            unit="s",
        ),
        Panel(
            title="Por confirmar",
            about="Publicados que el destino aún no confirmó.",
            queries=(Query("service_subscriber:ventanilla_outbox_unconfirmed:max", "{{service}} → {{subscriber}}"),),
        ),
        Panel(
            title="Por publicar",
            about="Esperan a Redis o a una cola llena.",
            queries=(Query("service_subscriber:ventanilla_outbox_unpublished:max", "{{service}} → {{subscriber}}"),),
        ),
        Panel(
            title="Colas de Redis",
            about="Mensajes (hasta 100 eventos cada uno) por destino.",
            queries=(Query("subscriber:ventanilla_queue_messages:max", "{{subscriber}}"),),
        ),
        Panel(
            title="Recibidos por resultado",
            about="Nuevos y repetidos: los repetidos no hacen nada.",
            queries=(
                Query('sum by (outcome) (rate({__name__=~"ventanilla_.+_events_received_total"}[5m]))', "{{outcome}}"),
            ),
            unit="ops",
        ),
        Panel(
            title="Tiempo por evento",
            about="Media del trabajo de aplicarlo.",
            queries=(Query("service:ventanilla_event_handling_seconds:mean5m", "{{service}}"),),
            unit="s",
        ),
        Panel(
            title="El más antiguo por aplicar",
            about="Recibido y todavía sin aplicar.",
            queries=(Query("service:ventanilla_inbox_oldest_seconds:max", "{{service}}"),),
            unit="s",
        ),
        Panel(
            title="Plazos por disparar",
            about="Atraso del plazo vencido más antiguo.",
            queries=(Query("service:ventanilla_timers_overdue_seconds:max", "{{service}}"),),
            unit="s",
        ),
        Panel(
            title="Mensajes sin entregar",
            about="El libro de envíos, por canal y estado.",
            queries=(Query("ventanilla_notifications_messages", "{{channel}} {{state}}"),),
        ),
        Panel(
            title="Tiempo de envío (p95)",
            about="De un intento con el proveedor.",
            queries=(Query("channel:ventanilla_send_seconds:p95_5m", "{{channel}}"),),
            unit="s",
        ),
        Panel(
            title="Intentos de envío",
            about="Por canal y resultado, por minuto.",
            queries=(
                Query(
                    "sum by (channel, outcome) (rate(ventanilla_notifications_message_attempts_total[5m])) * 60",
                    "{{channel}} {{outcome}}",
                ),
            ),
        ),
        Panel(
            title="Espera del mensaje más antiguo",
            about="Debió salir y sigue en el libro.",
            queries=(Query("ventanilla_notifications_oldest_pending_seconds", "{{channel}}"),),
            unit="s",
        ),
    ),
)

PROCESSES = dashboard(
    "ventanilla-procesos",
    "Ventanilla: procesos y páginas",
    "Quién vive, qué responde la web, cuánto usa cada proceso.",
    (
        Panel(
            title="Procesos que responden",
            about="1 responde, 0 no.",
            width=12,
            queries=(Query('sum by (service, process) (up{job="ventanilla"})', "{{service}} {{process}}"),),
        ),
        Panel(
            title="Última señal de vida",
            about="Segundos desde el último latido.",
            unit="s",
            width=12,
            queries=(
                Query("service_kind_process:ventanilla_heartbeat_age_seconds:min", "{{service}} {{exported_instance}}"),
            ),
        ),
        Panel(
            title="Peticiones",
            about="Por segundo y servicio.",
            unit="ops",
            queries=(Query("service:ventanilla_http_requests:rate5m", "{{service}}"),),
        ),
        Panel(
            title="Errores",
            about="Parte de las respuestas con estado 5xx.",
            unit="percentunit",
            queries=(Query("service:ventanilla_http_errors:ratio5m", "{{service}}"),),
        ),
        Panel(
            title="Tiempo de respuesta (p95)",
            about="Sin contar las comprobaciones de las máquinas.",
            unit="s",
            queries=(Query("service:ventanilla_http_request_seconds:p95_5m", "{{service}}"),),
        ),
        Panel(
            title="Las rutas más lentas",
            about="Media de cinco minutos; las diez primeras.",
            unit="s",
            width=12,
            queries=(
                Query(
                    "topk(10, service_method_route:ventanilla_http_request_seconds:mean5m)",
                    "{{service}} {{method}} {{route}}",
                ),
            ),
        ),
        Panel(
            title="Intentos de ingreso",
            about="Por resultado y minuto; muchos rechazos piden mirar.",
            width=12,
            queries=(
                Query(
                    'sum by (service, result) (rate({__name__=~"ventanilla_.+_sign_ins_total"}[5m])) * 60',
                    "{{service}} {{result}}",
                ),
            ),
        ),
    ),
)

CLASSIFIER = dashboard(
    "ventanilla-clasificador",
    "Ventanilla: el clasificador",
    "Qué modelo decide, cómo acierta y si lo que llega es todavía lo que aprendió. Para quien supervisa y quien opera.",
    (
        stat("Casos en siete días", "Los que decidió el modelo en uso.", "max(ventanilla_routing_model_cases)"),
        stat(
            "Cambio de la confianza",
            "Índice de estabilidad; desde 0,25 es otra población.",
            "max(ventanilla_routing_confidence_shift)",
            limits=((0.1, _ORANGE), (0.25, _RED)),
        ),
        stat(
            "Cambio de los temas",
            "Siete días contra las cuatro semanas anteriores.",
            "max(ventanilla_routing_topic_mix_shift)",
            limits=((0.1, _ORANGE), (0.25, _RED)),
        ),
        stat(
            "Correcciones por aprender",
            "Desde el último entrenamiento.",
            "max(ventanilla_routing_corrections_not_learnt)",
        ),
        stat("Entrenamiento fallido", "1 si el último falló.", "max(ventanilla_routing_training_failed)", limits=_ANY),
        stat(
            "Modelos que no cargaron",
            "Veces que un proceso no pudo tomar el modelo en uso.",
            "sum(ventanilla_routing_model_load_failures_total)",
            limits=_ANY,
        ),
        Panel(
            title="Modelo en uso",
            about="Una línea por versión; cambia al promover o volver.",
            queries=(Query("max by (version) (ventanilla_routing_model_in_use)", "{{version}}"),),
        ),
        Panel(
            title="Confianza media por modelo",
            about="De los casos de siete días.",
            queries=(Query("max by (version) (ventanilla_routing_model_week_confidence)", "{{version}}"),),
            unit="percentunit",
        ),
        Panel(
            title="Corregido por las personas",
            about="Parte de los casos de siete días, por modelo y qué se corrigió.",
            queries=(
                Query("max by (version, what) (ventanilla_routing_model_week_corrected_ratio)", "{{version}} {{what}}"),
            ),
            unit="percentunit",
        ),
        Panel(
            title="Decidió solo y erró",
            about="De lo que no pasó por clasificación manual; la promesa es 5 %.",
            queries=(Query("max by (version) (ventanilla_routing_model_week_handled_wrong_ratio)", "{{version}}"),),
            unit="percentunit",
            width=12,
        ),
        Panel(
            title="Confianza hoy",
            about="Media de un día, de los trabajadores.",
            queries=(Query("ventanilla:classification_confidence:mean1d", "media"),),
            unit="percentunit",
            width=12,
        ),
    ),
)

DASHBOARDS: dict[str, dict[str, Any]] = {
    "mesa.json": DESK, "entrega.json": DELIVERY, "procesos.json": PROCESSES, "clasificador.json": CLASSIFIER,
}  # fmt: skip


def render(content: dict[str, Any]) -> str:
    """The file's text."""
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"


def main() -> None:
    """Write every dashboard."""
    for name, content in DASHBOARDS.items():
        (FOLDER / name).write_text(render(content), encoding="utf-8")


if __name__ == "__main__":
    main()

"""What intake's pages say after a form was accepted, by the name that the address carries."""

from __future__ import annotations

from shared.texts import N_

NOTICES = {
    "bienvenida": N_("Su cuenta está lista. Ya puede hacer su consulta."),
    "ya_registrado": N_("Esa cuenta ya se creó. Ingrese con su contraseña."),
    "enviada": N_("Su consulta está guardada. No necesita enviarla otra vez."),
    "ya_enviada": N_("Esta misma consulta ya estaba enviada: es la que ve aquí. No se creó otra."),
    "mensaje": N_("Su mensaje se agregó a la consulta."),
    "calificada": N_("Gracias. Su calificación quedó registrada."),
    "reabierta": N_("Su consulta se reabrió; le diremos la nueva fecha."),
    "retirada": N_("Retiró su consulta; nadie más la atenderá."),
    "perfil": N_("Sus datos se guardaron."),
}
